import { expect, it } from 'vitest';
import { loadProtocol } from './registry.ts';

it.each(['openai', 'openai_responses', 'chat_completions', 'gemini', 'ollama'] as const)(
  '%s is part of the build',
  async (name) => {
    expect((await loadProtocol(name)).name).toBe(name);
  },
);
