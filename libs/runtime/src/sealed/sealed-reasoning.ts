import { type Caller, type ReasoningItem, ThoughtOrigin } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** The sealed part of a reasoning item: its text as the provider sent it, and the provider. */
type Thought = Pick<ReasoningItem, 'text' | 'origin'>;

const Thought = z.object({ text: z.string(), origin: ThoughtOrigin.optional() });

/** Seals reasoning for callers that keep it and send it back. Only the caller that received it can have it opened. */
@Injectable()
export class SealedReasoning {
  constructor(private readonly box: SecretBox) {}

  seal(caller: Caller, { text, origin }: Thought): string {
    return this.box.seal(JSON.stringify({ text, origin }), contextOf(caller));
  }

  /** Null: this server did not seal it for this caller. */
  open(caller: Caller, sealed: string): Thought | null {
    try {
      return Thought.parse(JSON.parse(this.box.open(sealed, contextOf(caller))));
    } catch {
      return null;
    }
  }
}

function contextOf({ userId }: Caller): string {
  return `reasoning:${userId}`;
}
