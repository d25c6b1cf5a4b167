import type { Preset } from './preset.ts';

/** Hosts with OpenAI's chat completions. */
export const hosted = {
  mistral: row('mistral', 'https://api.mistral.ai/v1', 'MISTRAL_API_KEY'),
  groq: row('groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  deepseek: row('deepseek', 'https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'),
  xai: row('xai', 'https://api.x.ai/v1', 'XAI_API_KEY'),
  openrouter: row('openrouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  together: row('together', 'https://api.together.xyz/v1'),
  fireworks: row('fireworks', 'https://api.fireworks.ai/inference/v1'),
  cerebras: row('cerebras', 'https://api.cerebras.ai/v1'),
  moonshot: row('moonshot', 'https://api.moonshot.ai/v1'),
  cohere: row('cohere', 'https://api.cohere.ai/compatibility/v1'),
  huggingface: row('huggingface', 'https://router.huggingface.co/v1'),
} satisfies Record<string, Preset>;

function row(quirks: string, baseUrl: string, keyVariable?: string): Preset {
  return {
    protocol: 'chat_completions',
    baseUrl,
    auth: 'bearer',
    quirks,
    ...(keyVariable !== undefined && { keyVariable }),
  };
}
