import { decoded, decodedBy, defineRoute } from '@antiphon/contracts';
import type { z } from 'zod';
import { decodeItemsQuery, ItemsQuery } from '../page-query.ts';
import { Conversation, ConversationDeleted } from '../replies/conversation.ts';
import { Item, ItemList } from '../replies/item.ts';
import {
  AddedItems,
  ConversationChange,
  ConversationRequest,
  decodeAdded,
  decodeChange,
  decodeConversation,
} from './conversations.ts';

const base = '/v1/conversations';
const one = `${base}/{id}` as const;
const items = `${one}/items` as const;
const oneItem = `${items}/{itemId}` as const;

export const conversationRoutes = {
  create: defineRoute({
    method: 'post',
    path: base,
    name: 'createConversation',
    summary: 'Create a conversation',
    body: decoded(ConversationRequest, decodeConversation),
    mayLackBody: true,
    reply: reply('The conversation', Conversation),
  }),
  retrieve: defineRoute({
    method: 'get',
    path: one,
    name: 'retrieveConversation',
    summary: 'A conversation',
    reply: reply('The conversation', Conversation),
  }),
  change: defineRoute({
    method: 'post',
    path: one,
    name: 'changeConversation',
    summary: "Replace a conversation's metadata",
    body: decoded(ConversationChange, decodeChange),
    reply: reply('The changed conversation', Conversation),
  }),
  remove: defineRoute({
    method: 'delete',
    path: one,
    name: 'deleteConversation',
    summary: 'Delete a conversation with its items; its responses stay',
    reply: reply('Deleted', ConversationDeleted),
  }),
  addItems: defineRoute({
    method: 'post',
    path: items,
    name: 'addConversationItems',
    summary: 'Add items to a conversation',
    body: decoded(AddedItems, decodeAdded),
    reply: reply('The added items', ItemList),
  }),
  listItems: defineRoute({
    method: 'get',
    path: items,
    name: 'listConversationItems',
    summary: 'The items of a conversation, newest first',
    query: decodedBy(ItemsQuery, decodeItemsQuery),
    reply: reply('A page of items', ItemList),
  }),
  retrieveItem: defineRoute({
    method: 'get',
    path: oneItem,
    name: 'retrieveConversationItem',
    summary: 'An item of a conversation',
    reply: reply('The item', Item),
  }),
  removeItem: defineRoute({
    method: 'delete',
    path: oneItem,
    name: 'deleteConversationItem',
    summary: 'Delete an item of a conversation',
    reply: reply('The conversation', Conversation),
  }),
};

function reply<Json extends z.ZodType>(description: string, json: Json) {
  return { status: 200, description, json };
}
