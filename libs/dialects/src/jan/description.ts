import type { ApiDescription, ApiReply } from '../api-description.ts';
import { ErrorReply, InputItems, Response, StreamEvent, ToolExecution } from './reply-schema.ts';
import { CreateRequest } from './schema.ts';

const responses = '/responses/v1/responses';
const one = `${responses}/{id}`;
const theResponse: ApiReply = { status: 200, description: 'The response', json: Response };

export function describeJan(): ApiDescription {
  return {
    name: 'jan',
    title: 'Antiphon: the API of Jan clients',
    schemas: {
      requests: { CreateRequest },
      replies: { Response, ToolExecution, InputItems, StreamEvent, ErrorReply },
    },
    failure: ErrorReply,
    routes: [
      {
        method: 'post',
        path: responses,
        name: 'createResponse',
        summary: 'Create a response: at once, as a stream, or in the background',
        body: CreateRequest,
        reply: { ...theResponse, event: StreamEvent },
      },
      {
        method: 'get',
        path: one,
        name: 'retrieveResponse',
        summary: 'Retrieve a response',
        reply: theResponse,
      },
      {
        method: 'delete',
        path: one,
        name: 'deleteResponse',
        summary: 'Delete a response; one that runs is cancelled first',
        reply: { status: 204, description: 'It is gone' },
      },
      {
        method: 'post',
        path: `${one}/cancel`,
        name: 'cancelResponse',
        summary: 'Cancel a response; a finished one stays as it is',
        reply: theResponse,
      },
      {
        method: 'get',
        path: `${one}/input_items`,
        name: 'listInputItems',
        summary: 'What the model was sent',
        reply: { status: 200, description: 'The items', json: InputItems },
      },
    ],
  };
}
