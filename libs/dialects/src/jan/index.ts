import type { StoringDialect } from '../dialect.ts';
import { decodeCreate } from './decode.ts';
import { encodeCreated, encodeDeleted, encodeInputItems, encodeResponse, encodeWebhook } from './encode.ts';
import { encodeError } from './errors.ts';
import { openStream } from './stream.ts';

/** The plain dialect: the output is a string, tools run without approval, a stream has data lines only. */
export const jan: StoringDialect = {
  name: 'jan',
  writesEachFrame: true,
  decodeCreate: (body) => decodeCreate(body),
  encodeCreated,
  encodeResponse,
  encodeInputItems,
  encodeDeleted,
  encodeWebhook,
  openStream,
  encodeError,
};
