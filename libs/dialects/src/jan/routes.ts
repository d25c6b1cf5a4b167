import type { ApiDescription } from '../api-description.ts';
import { responseRoutes } from '../response-routes.ts';
import { ErrorReply, InputItems, Response, StreamEvent, ToolExecution } from './reply-schema.ts';
import { CreateRequest } from './schema.ts';

export function describeJan(): ApiDescription {
  return {
    name: 'jan',
    title: 'Antiphon: the API of Jan clients',
    schemas: {
      requests: { CreateRequest },
      replies: { Response, ToolExecution, InputItems, StreamEvent, ErrorReply },
    },
    failure: ErrorReply,
    routes: responseRoutes('/responses/v1/responses', {
      request: CreateRequest,
      response: Response,
      event: StreamEvent,
      deleted: { status: 204, description: 'It is gone' },
      inputItems: InputItems,
    }),
  };
}
