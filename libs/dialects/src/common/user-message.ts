import type { IdKind, Item, RequestPath } from '@antiphon/contracts';
import { decodeContent } from './content-part.ts';

/** Input that is a text, or parts without a message around them, as the message of the user that it stands for. */
export function userMessage(content: unknown, path: RequestPath, makeId: (kind: IdKind) => string): Item {
  return {
    type: 'message',
    id: makeId('message'),
    role: 'user',
    content: decodeContent(content, path),
    status: 'completed',
  };
}
