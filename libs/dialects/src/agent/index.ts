import type { StoringDialect } from '../dialect.ts';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import {
  encodeCreated,
  encodeDeleted,
  encodeInputItems,
  encodeResponse,
  encodeWebhook,
  responseHeaders,
} from './encode.ts';
import { encodeError } from './errors.ts';
import { openStream } from './stream.ts';

/** The dialect of agents that ask before they act: messages in, messages out, and interrupts that a human decides. */
export const agent: StoringDialect = {
  name: 'agent',
  writesEachFrame: true,
  decodeCreate: (body, headers) => decodeCreate(body, headers),
  decodeRetrieve,
  encodeCreated,
  encodeResponse,
  encodeInputItems,
  encodeDeleted,
  encodeWebhook,
  openStream,
  responseHeaders,
  encodeError,
};
