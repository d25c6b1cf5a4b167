import { createHash } from 'node:crypto';
import type { FunctionCallItem } from '@antiphon/contracts';
import type { ProviderQuirks } from '../quirks/provider-quirks.ts';

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
  return handedOut.test(providerCallId) ? providerCallId : hashOf(providerCallId);
}

function hashOf(id: string): string {
  return `call_${createHash('sha256').update(id).digest('base64url').slice(0, 32)}`;
}

/** The id of a call for a provider: its own id where it made the call, else the id for clients. */
export function callIdAt(account: string, call: Pick<FunctionCallItem, 'callId' | 'origin'>): string {
  return (call.origin?.provider === account ? call.origin.callId : undefined) ?? call.callId;
}

/** The call id for the provider: ours, or one derived from it if the provider requires another form. */
export function providersCallId(
  callId: string,
  { tool_call_ids: form }: Pick<ProviderQuirks, 'tool_call_ids'>,
): string {
  switch (form) {
    case 'any':
      return callId;
    case 'forty':
      return shortCallId(callId, 40);
    case 'nine':
      return /^[a-z0-9]{9}$/i.test(callId) ? callId : nineCharactersOf(callId);
  }
}

/** An id of at most so many characters, which are 37 or more: a derived one in place of a longer one. */
export function shortCallId(callId: string, lengthMax: number): string {
  return callId.length <= lengthMax ? callId : hashOf(callId);
}

/** A hash in base 36: equal for a call and its output, different for different ids. */
function nineCharactersOf(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ low, 0x01000193);
  }
  const number = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return number.toString(36).padStart(9, '0').slice(-9);
}
