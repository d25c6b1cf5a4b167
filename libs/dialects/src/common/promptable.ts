import type { Promptable, PromptRequest } from '../dialect.ts';

/** Decodes a body now, or once the prompt that it names is known. */
export function promptable<Decoded>(
  body: unknown,
  prompt: PromptRequest | null,
  decode: (whole: unknown) => Decoded,
): Promptable<Decoded> {
  return prompt === null ? { body, prompt, decoded: decode(body) } : { body, prompt, complete: decode };
}
