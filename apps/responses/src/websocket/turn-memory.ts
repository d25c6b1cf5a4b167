import { AppError, isRejected, type Item, type Response } from '@antiphon/contracts';
import { contextBytesMax } from '@antiphon/runtime';
import { LRUCache } from 'lru-cache';
import type { TurnMemory } from '../create/create-options.ts';

interface Context {
  items: readonly Item[];
  /** Their approximate size as JSON. */
  bytes: number;
}

/**
 * The contexts of unstored turns, by connection: only the connection that a turn ran on can continue it. All connections together share one
 * bound of bytes; beyond it the least recently used contexts are dropped, and continuing one of them fails.
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

/** The turns of one connection. Response ids are unique, so the set of its own ids keeps it from the turns of other connections. */
export class ConnectionTurns implements TurnMemory {
  private readonly ids = new Set<string>();

  constructor(private readonly contexts: LRUCache<string, Context>) {}

  recall(responseId: string): readonly Item[] | undefined {
    const context = this.ids.has(responseId) ? this.contexts.get(responseId) : undefined;
    if (context && context.bytes > contextBytesMax)
      throw new AppError(
        'context_too_long',
        `The context has ${context.bytes} bytes, and at most ${contextBytesMax} are allowed. Begin with a shorter one.`,
      );
    return context?.items;
  }

  /** Keeps an ended turn that the store does not have. A failed turn drops the one that it followed: the client sends its whole context again. */
  note(ended: Response, history: readonly Item[]): void {
    const { id, previousResponseId, status, stored, input, output } = ended;
    if (status === 'failed' || status === 'cancelled') return this.forget(previousResponseId);
    const before = this.contexts.get(previousResponseId ?? '');
    const isContinued = before?.items === history;
    // The store has only part of the context of a stored turn that follows an unstored one.
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
