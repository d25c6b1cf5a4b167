/* Loopback servers that refuse what the real APIs refuse, one for each protocol. */

export {
  startStrictServer as startStrictAnthropic,
  strictKey,
} from '../protocols/anthropic-messages/__fixtures__/strict-server.ts';
export { frameOf } from '../protocols/bedrock-converse/__fixtures__/frames.ts';
export { startStrictServer as startStrictBedrock } from '../protocols/bedrock-converse/__fixtures__/strict-server.ts';
export * from './native.ts';
export { startStrictChat } from '../protocols/chat-completions/__fixtures__/strict-server.ts';
export { StrictGemini } from '../protocols/gemini/__fixtures__/strict-server.ts';
export { StrictOllama } from '../protocols/ollama/__fixtures__/strict-server.ts';
export { StrictResponsesServer } from '../protocols/openai-responses/__fixtures__/strict-server.ts';
export { imageBytes, StrictImages } from '../protocols/openai-images/__fixtures__/strict-images.ts';
export { geminiImage } from '../protocols/gemini/__fixtures__/strict-images.ts';
