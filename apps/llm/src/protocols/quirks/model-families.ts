import { ImageField, type ModelRule } from './provider-quirks.ts';

/** Quirks of model families on any host: a proxy in front of OpenAI refuses the same requests as OpenAI. */
export const modelFamilies: readonly ModelRule[] = [
  // OpenAI's reasoning models refuse `max_tokens`.
  {
    names: /(^|[/.:])o[1-9](-|$)|(^|[/.:_-])gpt-[5-9]|(^|\/)codex-/,
    quirks: { max_tokens_field: 'max_completion_tokens' },
  },
  // OpenAI's image models refuse the field that asks for bytes.
  {
    names: /(^|[/.:])(gpt-image|chatgpt-image)-/,
    quirks: { image_bytes: 'none', image_fields: ImageField.options },
  },
  // "string too long. Expected a string with maximum length 40": the ids of vLLM have 46 characters.
  { names: /(^|[/.:_-])(gpt-[3-9](?!.*oss)|chatgpt-|o[1-9](-|$))/, quirks: { tool_call_ids: 'forty' } },
  // The chat template of Mistral's models checks the order of roles and the form of call ids, on vLLM and other servers too.
  {
    names: /(^|[/.])(open-)?(mistral|mixtral|ministral|magistral|devstral|codestral|pixtral)/i,
    quirks: { user_after_tool: false, tool_call_ids: 'nine' },
  },
];
