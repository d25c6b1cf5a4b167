import type { ApiRoute } from '../../api-description.ts';
import { CompactRequest, CountRequest } from './contexts.ts';
import { ResponsesQuery } from '../page-query.ts';
import { CompactedContext, InputTokens, ResponseList } from '../replies/response.ts';

/** What is below the responses of this dialect and of no other. */
export function contextRoutes(base: string): ApiRoute[] {
  return [
    {
      method: 'get',
      path: base,
      name: 'listResponses',
      summary: 'Your stored responses, newest first',
      query: ResponsesQuery,
      reply: { status: 200, description: 'A page of responses', json: ResponseList },
    },
    {
      method: 'post',
      path: `${base}/input_tokens`,
      name: 'countInputTokens',
      summary: 'About how many tokens the model would read',
      body: CountRequest,
      mayLackBody: true,
      reply: { status: 200, description: 'The count', json: InputTokens },
    },
    {
      method: 'post',
      path: `${base}/compact`,
      name: 'compactContext',
      summary: 'Have the model sum up a context; what the user said stays',
      body: CompactRequest,
      reply: { status: 200, description: 'The compacted context', json: CompactedContext },
    },
  ];
}
