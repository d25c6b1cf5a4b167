import OpenAI from 'openai';
import type { FunctionTool } from 'openai/resources/responses/responses';
import { sharedSystem } from '../system/system.ts';

export const model = 'gpt-scripted';
export const refusalOf = (code: string, param: string) => ({
  constructor: OpenAI.BadRequestError,
  code,
  param,
});

export const tool = (name: string): FunctionTool => ({
  type: 'function',
  name,
  parameters: null,
  strict: null,
});
export const search = { type: 'mcp', server_label: 'antiphon', require_approval: 'never' } as const;

/** The shared system with stock clients of two callers. */
export async function openaiSystem() {
  const system = await sharedSystem();
  const { provider } = system;
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
  const token = await system.token();
  const client = clientOf(token);
  const otherClient = clientOf(await system.token());
  const lastBody = () => provider.calls.at(-1)?.body;
  /** A create with fields that the client's types do not have. */
  const create = (fields: object) =>
    client.responses.create({
      model,
      input: 'x',
      ...fields,
    } as OpenAI.Responses.ResponseCreateParamsNonStreaming);
  return { system, provider, clientOf, token, client, otherClient, lastBody, create };
}
