import { defineRoute } from '@antiphon/contracts';
import { ResponsesQuery } from '../page-query.ts';
import { CompactedContext, InputTokens } from '../replies/context.ts';
import { ResponseList } from '../replies/response.ts';
import { CompactRequest, CountRequest } from './contexts.ts';

/** What only this dialect has below its responses. */
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
  /** The body is decoded once its prompt, if it names one, is filled in. */
  countInputTokens: defineRoute({
    method: 'post',
    path: '/v1/responses/input_tokens',
    name: 'countInputTokens',
    summary: 'About how many tokens the model would read',
    body: CountRequest,
    mayLackBody: true,
    raw: ['body'],
    reply: { status: 200, description: 'The count', json: InputTokens },
  }),
  compactContext: defineRoute({
    method: 'post',
    path: '/v1/responses/compact',
    name: 'compactContext',
    summary: 'Have the model sum up a context; what the user said stays',
    body: CompactRequest,
    reply: { status: 200, description: 'The compacted context', json: CompactedContext },
  }),
};
