import { type Caller, ThoughtContent } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';

/** Seals reasoning for callers that keep it and send it back. Only the caller that received it can have it opened. */
@Injectable()
export class SealedReasoning {
  constructor(private readonly box: SecretBox) {}

  seal(caller: Caller, thought: ThoughtContent): string {
    return this.box.seal(JSON.stringify(thought), contextOf(caller));
  }

  /** Null: this server did not seal it for this caller. */
  open(caller: Caller, sealed: string): ThoughtContent | null {
    try {
      return ThoughtContent.parse(JSON.parse(this.box.open(sealed, contextOf(caller))));
    } catch {
      return null;
    }
  }
}

function contextOf({ userId }: Caller): string {
  return `reasoning:${userId}`;
}
