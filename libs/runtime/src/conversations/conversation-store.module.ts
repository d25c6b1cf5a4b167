import { Module } from '@nestjs/common';
import { ConversationTurnsStore } from './conversation-turns.store.ts';
import { ConversationStore } from './conversation.store.ts';
import { HistoryStore } from './history.store.ts';

const stores = [ConversationStore, ConversationTurnsStore, HistoryStore];

@Module({ providers: stores, exports: stores })
export class ConversationStoreModule {}
