import { expect, it } from 'vitest';
import { chatScript, modelName } from './chat-script.ts';

it.each([
  { tokens: 64, tokensPerSecond: null, callsTools: false },
  { tokens: 200, tokensPerSecond: 50, callsTools: false },
  { tokens: 16, tokensPerSecond: null, callsTools: true },
])('reads back the script that a model is named after: %o', (script) => {
  expect(chatScript(modelName(script))).toEqual(script);
});

it('has no script for other models', () => {
  expect(chatScript('gpt-4.1-mini')).toBeNull();
});
