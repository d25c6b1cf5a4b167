import { defineRoute } from '@antiphon/contracts';
import { ResponsesQuery } from '../page-query.ts';
import { CompactedContext, InputTokens } from '../replies/context.ts';
import { ResponseList } from '../replies/response.ts';
import { CompactRequest, CountRequest } from './contexts.ts';

/** The routes below the responses that only this dialect has. */
export const contextRoutes = {
  /** `metadata[key]=value` needs a reader of its own: `response-list.ts`. */
  listResponses: defineRoute({
    method: 'get',
    path: '/v1/responses',
    name: 'listResponses',
    summary: 'Your stored responses, newest first',
    query: ResponsesQuery,
    raw: ['query'],
    reply: { status: 200, description: 'A page of responses', json: ResponseList },
  }),
  /** The body is decoded after its prompt, if it names one, is filled in. */
  countInputTokens: defineRoute({
    method: 'post',
    path: '/v1/responses/input_tokens',
    name: 'countInputTokens',
    summary: 'Estimate the tokens that the model would read',
    body: CountRequest,
    mayLackBody: true,
    raw: ['body'],
    reply: { status: 200, description: 'The count', json: InputTokens },
  }),
  compactContext: defineRoute({
    method: 'post',
    path: '/v1/responses/compact',
    name: 'compactContext',
    summary: 'Have the model summarize a context; the messages of the user stay',
    body: CompactRequest,
    reply: { status: 200, description: 'The compacted context', json: CompactedContext },
  }),
};
