import { decodedBy, type RawRequest } from '@antiphon/contracts';
import { z } from 'zod';
import { AnthropicPage, decodePage } from './anthropic-models.ts';

/** The header that the SDKs of Anthropic send with every request. */
const VersionHeader = z.object({
  'anthropic-version': z
    .string()
    .optional()
    .describe("Any value: the answer has Anthropic's shape. Without it, it has OpenAI's"),
});

/** Whether a request is one of Anthropic's API. */
export function isAnthropic(headers: RawRequest['headers']): boolean {
  return headers['anthropic-version'] !== undefined;
}

/** The API in whose shape models are requested. */
export const modelShape = decodedBy(VersionHeader, (_own, { headers }) => ({
  shape: isAnthropic(headers) ? ('anthropic' as const) : ('openai' as const),
}));

/** The page of Anthropic's list; null in OpenAI's API, which lists all models. */
export const modelPage = decodedBy(AnthropicPage, (query, { headers }) =>
  isAnthropic(headers) ? decodePage(query) : null,
);
