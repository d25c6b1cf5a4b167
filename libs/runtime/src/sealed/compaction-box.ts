import type { Caller } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';

/** Seals the summary of a compacted context. The caller keeps it and sends it back; only the caller that received it can have it opened. */
@Injectable()
export class CompactionBox {
  constructor(private readonly box: SecretBox) {}

  seal(caller: Caller, summary: string): string {
    return this.box.seal(summary, contextOf(caller));
  }

  /** Null: this server did not seal it for this caller. */
  open(caller: Caller, sealed: string): string | null {
    try {
      return this.box.open(sealed, contextOf(caller));
    } catch {
      return null;
    }
  }
}

function contextOf(caller: Caller): string {
  return `compaction:${caller.userId}`;
}
