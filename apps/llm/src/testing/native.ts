/* What specs need to follow an answer from its provider to what a client sees. */

export { connectTo } from '../providers/__fixtures__/connect.ts';
export { headerKey } from '../providers/auth/authorizer.ts';
export type { HttpProviderOptions } from '../providers/http-provider.ts';
export { isObject, objectsOf, parseObject, type UnknownObject } from '../providers/json-object.ts';
export type { Provider } from '../providers/provider.ts';
export { type Recording, recordingsOf } from '../protocols/__fixtures__/recordings.ts';
export { anthropicMessages } from '../protocols/anthropic-messages/index.ts';
export { gemini } from '../protocols/gemini/index.ts';
export { openAi } from '../protocols/openai/index.ts';
export { answer as responsesAnswer } from '../protocols/openai-responses/__fixtures__/play.ts';
export { kindsOfItems } from '../protocols/openai-responses/hosted-items.ts';
