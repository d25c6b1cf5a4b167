import type { EncodeError } from '@antiphon/service-kit';
import { encodeChatError } from '../chat/chat-errors.ts';
import { encodeAnthropicError } from '../model-list/anthropic-errors.ts';
import { isAnthropic } from '../model-list/model-shape.ts';

/** An error in the shape of the API that the request belongs to: Anthropic's for its SDKs at `/v1/models`, OpenAI's for all others. */
export const encodeErrorAt: EncodeError = (error, path, requestId, headers = {}) =>
  isAnthropic(headers) && /^\/v1\/models(?=[/?]|$)/.test(path)
    ? encodeAnthropicError(error, requestId)
    : encodeChatError(error);
