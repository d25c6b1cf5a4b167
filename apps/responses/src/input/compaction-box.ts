import type { Caller } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { RESPONSES_CONFIG, type ResponsesConfig } from '../config.ts';

/** Seals what a compacted context came to. Callers keep it and send it back; only its caller's own is opened. */
@Injectable()
export class CompactedContexts {
  private readonly box: SecretBox;

  constructor(@Inject(RESPONSES_CONFIG) config: ResponsesConfig) {
    this.box = SecretBox.from(config.runtime.secrets.encryptionKey);
  }

  seal(caller: Caller, summary: string): string {
    return this.box.seal(summary, contextOf(caller));
  }

  /** Null: it is not one that this caller was given. */
  open(caller: Caller, sealed: string): string | null {
    try {
      return this.box.open(sealed, contextOf(caller));
    } catch {
      return null; // whatever is wrong with it, the caller did not get it here
    }
  }
}

function contextOf(caller: Caller): string {
  return `compaction:${caller.userId}`;
}
