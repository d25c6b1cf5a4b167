import { type Caller, type ReasoningItem, ThoughtOrigin } from '@antiphon/contracts';
import type { SecretBox } from '@antiphon/service-kit';
import { z } from 'zod';

/** What is sealed of a thought: as it came from its provider. */
type Thought = Pick<ReasoningItem, 'text' | 'origin'>;

const Thought = z.object({ text: z.string(), origin: ThoughtOrigin.optional() });

/** Seals thoughts for callers that keep them and send them back; only its caller's own is opened. */
export class ThoughtBox {
  constructor(private readonly box: SecretBox) {}

  seal(caller: Caller, { text, origin }: Thought): string {
    return this.box.seal(JSON.stringify({ text, origin }), contextOf(caller));
  }

  /** Null: it is not one that this caller was given. */
  open(caller: Caller, sealed: string): Thought | null {
    try {
      return Thought.parse(JSON.parse(this.box.open(sealed, contextOf(caller))));
    } catch {
      return null; // whatever is wrong with it, the caller did not get it here
    }
  }
}

function contextOf({ userId }: Caller): string {
  return `reasoning:${userId}`;
}
