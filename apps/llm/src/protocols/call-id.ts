import { createHash } from 'node:crypto';
import type { FunctionCallItem } from '@antiphon/contracts';

/**
 * The call ids that clients may keep and send back unchanged: the Responses API accepts 64 characters. Some proxies put signatures into
 * ids of up to a thousand.
 */
const handedOut = /^[\x20-\x7e]{1,64}$/;

/**
 * The id of a call for clients: the provider's own, or a short one in its place. The short one is derived from the provider's,
 * so that every attempt makes the same; 37 characters, since chat completion servers accept at most 40.
 */
export function callIdOf(providerCallId: string): string {
  if (handedOut.test(providerCallId)) return providerCallId;
  const hash = createHash('sha256').update(providerCallId).digest('base64url');
  return `call_${hash.slice(0, 32)}`;
}

/** The id of a call for a provider: its own id where it made the call, else the id for clients. */
export function callIdAt(account: string, call: Pick<FunctionCallItem, 'callId' | 'origin'>): string {
  return (call.origin?.provider === account ? call.origin.callId : undefined) ?? call.callId;
}
