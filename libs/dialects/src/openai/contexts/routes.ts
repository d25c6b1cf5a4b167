import { decoded, decodedBy, defineRoute } from '@antiphon/contracts';
import { ResponsesQuery } from '../page-query.ts';
import { CompactedContext, InputTokens } from '../replies/context.ts';
import { ResponseList } from '../replies/response.ts';
import { decodeListQuery } from '../response-list.ts';
import { CompactRequest, CountRequest, decodeCompact, promptableCount } from './contexts.ts';

/** The routes below the responses that only this dialect has. */
export const contextRoutes = {
  listResponses: defineRoute({
    method: 'get',
    path: '/v1/responses',
    name: 'listResponses',
    summary: 'Your stored responses, newest first',
    query: decodedBy(ResponsesQuery, decodeListQuery),
    reply: { status: 200, description: 'A page of responses', json: ResponseList },
  }),
  countInputTokens: defineRoute({
    method: 'post',
    path: '/v1/responses/input_tokens',
    name: 'countInputTokens',
    summary: 'Estimate the tokens that the model would read',
    body: decodedBy(CountRequest, promptableCount),
    mayLackBody: true,
    reply: { status: 200, description: 'The count', json: InputTokens },
  }),
  compactContext: defineRoute({
    method: 'post',
    path: '/v1/responses/compact',
    name: 'compactContext',
    summary: 'Have the model summarize a context; the messages of the user stay',
    body: decoded(CompactRequest, decodeCompact),
    reply: { status: 200, description: 'The compacted context', json: CompactedContext },
  }),
};
