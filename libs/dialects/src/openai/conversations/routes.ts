import type { z } from 'zod';
import type { ApiReply, ApiRoute } from '../../api-description.ts';
import { AddedItems, ConversationChange, ConversationRequest } from './conversations.ts';
import { ItemsQuery } from '../page-query.ts';
import { Conversation, ConversationDeleted, Item, ItemList } from '../replies/response.ts';

export function conversationRoutes(base: string): ApiRoute[] {
  const one = `${base}/{id}`;
  return [
    {
      method: 'post',
      path: base,
      name: 'createConversation',
      summary: 'Create a conversation',
      body: ConversationRequest,
      mayLackBody: true,
      reply: reply('The conversation', Conversation),
    },
    {
      method: 'get',
      path: one,
      name: 'retrieveConversation',
      summary: 'A conversation',
      reply: reply('The conversation', Conversation),
    },
    {
      method: 'post',
      path: one,
      name: 'changeConversation',
      summary: "Replace a conversation's metadata",
      body: ConversationChange,
      reply: reply('The conversation as it is now', Conversation),
    },
    {
      method: 'delete',
      path: one,
      name: 'deleteConversation',
      summary: 'Delete a conversation with its items; its responses stay',
      reply: reply('It is gone', ConversationDeleted),
    },
    ...itemRoutes(`${one}/items`),
  ];
}

function itemRoutes(base: string): ApiRoute[] {
  const one = `${base}/{itemId}`;
  return [
    {
      method: 'post',
      path: base,
      name: 'addConversationItems',
      summary: 'Add items to a conversation',
      body: AddedItems,
      reply: reply('The items that were added', ItemList),
    },
    {
      method: 'get',
      path: base,
      name: 'listConversationItems',
      summary: 'The items of a conversation, newest first',
      query: ItemsQuery,
      reply: reply('A page of items', ItemList),
    },
    {
      method: 'get',
      path: one,
      name: 'retrieveConversationItem',
      summary: 'An item of a conversation',
      reply: reply('The item', Item),
    },
    {
      method: 'delete',
      path: one,
      name: 'deleteConversationItem',
      summary: 'Delete an item of a conversation',
      reply: reply('The conversation', Conversation),
    },
  ];
}

function reply(description: string, json: z.ZodType): ApiReply {
  return { status: 200, description, json };
}
