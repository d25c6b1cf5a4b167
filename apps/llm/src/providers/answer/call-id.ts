import { createHash } from 'node:crypto';
import type { FunctionCallItem } from '@antiphon/contracts';

/**
 * The call ids that clients may keep and send back as they are: the Responses API takes 64 characters. Some proxies put signatures into
 * ids of up to a thousand.
 */
const handedOut = /^[\x20-\x7e]{1,64}$/;

/**
 * The id under which a call is handed out: the provider's own, or a short one in its place. The short one is derived from the provider's,
 * so that every attempt gives the same; 37 characters, since chat completion servers take no more than 40.
 */
export function callIdOf(providerCallId: string): string {
  if (handedOut.test(providerCallId)) return providerCallId;
  const hash = createHash('sha256').update(providerCallId).digest('base64url');
  return `call_${hash.slice(0, 32)}`;
}

/** The id by which the server that made a call knows it; any other server is shown the one that was handed out. */
export function callIdAt(host: string, call: Pick<FunctionCallItem, 'callId' | 'origin'>): string {
  return (call.origin?.provider === host ? call.origin.callId : undefined) ?? call.callId;
}
