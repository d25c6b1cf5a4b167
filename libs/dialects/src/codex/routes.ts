import type { ApiDescription } from '../api-description.ts';
import { Deleted, ErrorReply, Item, ItemList, Response, Usage } from '../openai/replies/response.ts';
import { CreateRequest, RetrieveQuery } from '../openai/schema.ts';
import { responseRoutes } from '../response-routes.ts';
import { StreamEvent, ToolOutputTaken } from './reply-schema.ts';
import { ToolOutput, WaitQuery } from './schema.ts';
import { toolOutputRoutes } from './tool-output-routes.ts';

const responses = '/codex/v1/responses';

export function describeCodex(): ApiDescription {
  return {
    name: 'codex',
    title: 'Antiphon: the API of programs that run the tools of an open run',
    schemas: {
      requests: { CreateRequest, ToolOutput },
      replies: { Response, Item, Usage, ItemList, Deleted, StreamEvent, ToolOutputTaken, ErrorReply },
    },
    failure: ErrorReply,
    routes: [
      ...responseRoutes(responses, {
        request: CreateRequest,
        response: Response,
        event: StreamEvent,
        deleted: { status: 200, description: 'It is gone', json: Deleted },
        retrieveQuery: RetrieveQuery.extend(WaitQuery.shape),
        inputItems: ItemList,
      }),
      ...toolOutputRoutes(responses),
    ],
  };
}
