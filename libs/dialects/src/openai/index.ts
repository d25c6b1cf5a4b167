import type { StoringDialect } from '../dialect.ts';
import { decodeCreate, decodeRetrieve, readPrompt } from './decode.ts';
import {
  encodeCancelled,
  encodeCreated,
  encodeDeleted,
  encodeInputItems,
  encodeResponse,
  encodeWebhook,
} from './encode.ts';
import { encodeError } from './errors.ts';
import { decodeItemsQuery } from './page-query.ts';
import { openStream } from './stream.ts';

/** The dialect of the Open Responses specification and the stock SDKs. */
export const openai: StoringDialect = {
  name: 'openai',
  writesEachFrame: false,
  readPrompt,
  decodeCreate: (body) => decodeCreate(body),
  decodeRetrieve,
  decodeInputItems: decodeItemsQuery,
  encodeCreated,
  encodeResponse,
  encodeCancelled,
  encodeInputItems,
  encodeDeleted,
  encodeWebhook,
  openStream: (_mode, startingAfter) => openStream(startingAfter),
  encodeError,
};
