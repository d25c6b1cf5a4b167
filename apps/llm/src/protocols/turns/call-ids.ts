import { createHash } from 'node:crypto';
import type { FunctionCallItem } from '@antiphon/contracts';
import { callIdAt } from '../requests/call-id.ts';

/** The ids that APIs of content blocks accept. */
const accepted = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * The ids of the calls of one request. An account gets its own ids back. Other ids are replaced where the API refuses them: by their
 * characters, or because another call of the request has the same, as with models that count their calls anew in every turn.
 */
export class CallIds {
  private readonly taken = new Set<string>();

  constructor(private readonly account: string) {}

  /** The id of the next call of the history. The same history gives the same ids. */
  next(call: Pick<FunctionCallItem, 'callId' | 'origin'>): string {
    const id = acceptedId(callIdAt(this.account, call));
    let free = id;
    for (let count = 2; this.taken.has(free); count++) free = acceptedId(`${id}_${count}`);
    this.taken.add(free);
    return free;
  }
}

function acceptedId(id: string): string {
  if (accepted.test(id)) return id;
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}
