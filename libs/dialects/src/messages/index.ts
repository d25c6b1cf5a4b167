import type { Dialect } from '../dialect.ts';
import { decodeCreate } from './decode.ts';
import { encodeCreated } from './encode.ts';
import { encodeError } from './errors.ts';
import { openStream } from './stream.ts';

/** The dialect of Anthropic's SDKs: messages of content blocks, with the whole conversation in each request. Nothing is stored. */
export const messages: Dialect = {
  name: 'messages',
  writesEachFrame: false,
  decodeCreate: (body) => decodeCreate(body),
  encodeCreated,
  openStream,
  encodeError,
};
