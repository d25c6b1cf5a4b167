import type { StoringDialect } from '../dialect.ts';
import { encodeDeleted, encodeInputItems, encodeWebhook } from '../openai/encode.ts';
import { encodeError } from '../openai/errors.ts';
import { decodeItemsQuery } from '../openai/page-query.ts';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import { encodeCancelled, encodeCreated, encodeResponse } from './encode.ts';
import { openStream } from './stream.ts';

/** The dialect of programs that run the model's tools themselves and send the outputs to the open run. */
export const codex: StoringDialect = {
  name: 'codex',
  writesEachFrame: false,
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
