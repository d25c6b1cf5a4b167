import type { Api } from '@antiphon/contracts';
import { responseRoutes } from '../response-routes.ts';
import { jan } from './index.ts';
import { ErrorReply, InputItems, Response, StreamEvent, ToolExecution } from './reply-schema.ts';
import { CreateRequest } from './schema.ts';

export const janRoutes = responseRoutes(
  '/responses/v1/responses',
  { own: jan },
  {
    request: CreateRequest,
    response: Response,
    event: StreamEvent,
    deleted: { status: 204, description: 'Deleted' },
    inputItems: InputItems,
  },
);

export const janApi: Api = {
  name: 'jan',
  title: 'Antiphon: the API of Jan clients',
  schemas: {
    requests: { CreateRequest },
    replies: { Response, ToolExecution, InputItems, StreamEvent, ErrorReply },
  },
  failure: ErrorReply,
  routes: Object.values(janRoutes),
};
