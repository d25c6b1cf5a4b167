import type { AppError } from '@antiphon/contracts';
import { isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { streamedError } from '../../providers/errors/provider-errors.ts';

/**
 * Reads an object of an answer as an error: it has an `error`, is an error by its own `object` or `type`, has a `detail` or a
 * message in place of choices, or has MiniMax's `base_resp`. It is classified by the status that it names.
 * Null for other objects: a message of another `type` without a code is a notice.
 */
export function embeddedError(provider: string, object: UnknownObject): AppError | null {
  const { error } = object;
  const hasError = error !== undefined && error !== null && error !== '' && error !== false;
  const isError = object['object'] === 'error' || object['type'] === 'error';
  const isNotice = 'type' in object && !('code' in object);
  const hasMessage = typeof object['message'] === 'string' && !isNotice;
  const isSentence = !('choices' in object) && (hasMessage || object['detail'] !== undefined);
  if (hasError || isError || isSentence) return streamedError(provider, object);
  const base = object['base_resp'];
  if (isObject(base) && typeof base['status_code'] === 'number' && base['status_code'] !== 0)
    return streamedError(provider, { error: { code: base['status_code'], message: base['status_msg'] } });
  return null;
}

/** The error of an event or a line with the name `error`. */
export function namedError(provider: string, data: string): AppError {
  return streamedError(provider, parseObject(data) ?? { error: { message: data } });
}
