import type { Api, Route } from '@antiphon/contracts';
import { ErrorReply } from '../openai/replies/error.ts';
import { ItemsQuery } from '../openai/page-query.ts';
import { Item, ItemList } from '../openai/replies/item.ts';
import { Deleted, Response, Usage } from '../openai/replies/response.ts';
import { CreateRequest, RetrieveQuery } from '../openai/schema.ts';
import { responseRoutes } from '../response-routes.ts';
import { codex } from './index.ts';
import { StreamEvent, ToolOutputTaken } from './reply-schema.ts';
import { ToolOutput, WaitQuery } from './schema.ts';
import { toolOutputRoutes } from './tool-output-routes.ts';

const responses = '/codex/v1/responses';

export const codexRoutes = {
  responses: responseRoutes(
    responses,
    { own: codex },
    {
      request: CreateRequest,
      response: Response,
      event: StreamEvent,
      deleted: { status: 200, description: 'Deleted', json: Deleted },
      retrieveQuery: RetrieveQuery.extend(WaitQuery.shape),
      inputItems: ItemList,
      inputItemsQuery: ItemsQuery,
    },
  ),
  toolOutputs: toolOutputRoutes(responses),
};

export const codexApi: Api = {
  name: 'codex',
  title: 'Antiphon: the API of programs that run the tools of an open run',
  schemas: {
    requests: { CreateRequest, ToolOutput },
    replies: { Response, Item, Usage, ItemList, Deleted, StreamEvent, ToolOutputTaken, ErrorReply },
  },
  failure: ErrorReply,
  routes: Object.values<Record<string, Route>>(codexRoutes).flatMap((routes) => Object.values(routes)),
};
