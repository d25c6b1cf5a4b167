import { AppError, isRejected, type Item, type Response } from '@antiphon/contracts';
import { contextBytesMax } from '@antiphon/runtime';
import { LRUCache } from 'lru-cache';
import type { TurnMemory } from '../create/create-options.ts';

interface Context {
  items: readonly Item[];
  /** About what they take as JSON. */
  bytes: number;
}

/**
 * What connections remember of turns that are not stored: nobody but the connection they ran on can go on from them. One bound holds for
 * all connections together; beyond it those that were not used for the longest time are forgotten, and their clients told so.
 */
export class ConnectionMemory {
  private readonly contexts: LRUCache<string, Context>;

  constructor(bytesMax: number) {
    this.contexts = new LRUCache({ maxSize: bytesMax, sizeCalculation: ({ bytes }) => bytes });
  }

  /** The memory of a new connection. */
  open(): ConnectionTurns {
    return new ConnectionTurns(this.contexts);
  }
}

/** Ids are ours and unique, so the set of its own is all that keeps one connection from another's turns. */
export class ConnectionTurns implements TurnMemory {
  private readonly ids = new Set<string>();

  constructor(private readonly contexts: LRUCache<string, Context>) {}

  recall(responseId: string): readonly Item[] | undefined {
    const context = this.ids.has(responseId) ? this.contexts.get(responseId) : undefined;
    if (context && context.bytes > contextBytesMax)
      throw new AppError(
        'context_too_long',
        `The context has ${context.bytes} bytes, and ${contextBytesMax} are the most. Begin anew with less.`,
      );
    return context?.items;
  }

  /** Keeps what the store does not have. What a failed turn went on from is given up: the client starts anew with all of its context. */
  note(ended: Response, history: readonly Item[]): void {
    const { id, previousResponseId, status, stored, input, output } = ended;
    if (status === 'failed' || status === 'cancelled') return this.forget(previousResponseId);
    const before = this.contexts.get(previousResponseId ?? '');
    const isContinued = before?.items === history;
    // A stored turn that follows one that is not would be read back without what came before.
    if (stored && !isContinued) return;
    const added = [...input, ...output.filter((item) => !isRejected(item))];
    const bytes = sizeOf(added) + (isContinued ? before.bytes : sizeOf(history));
    this.ids.add(id);
    this.contexts.set(id, { items: [...history, ...added], bytes });
  }

  forget(responseId: string | null): void {
    if (responseId !== null && this.ids.delete(responseId)) this.contexts.delete(responseId);
  }

  clear(): void {
    for (const id of this.ids) this.contexts.delete(id);
    this.ids.clear();
  }
}

function sizeOf(items: readonly Item[]): number {
  return JSON.stringify(items).length;
}
