import { StrictImages } from '@antiphon/llm/testing';
import { text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll } from 'vitest';
import { OutsideServer } from '../servers/mcp-server.ts';
import { sharedSystem } from '../system/system.ts';

export const model = 'gpt-scripted';
/** A PNG of one pixel, as base64. */
export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A call of the scripted model: the tool's name for the model, and its arguments. */
export type ToolTurn = readonly [name: string, args: Record<string, unknown>];

/**
 * The shared system with what the tools of the API work on: a vector store with one file, a provider of images, a file, an MCP server. Its
 * values belong to the calling spec and exist from its first test on.
 */
export async function toolSystem() {
  const system = await sharedSystem();
  const { provider } = system;
  const baseURL = `${system.url}/v1`;
  const apiKey = await system.token();
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const images = await StrictImages.start();
  const notes = await OutsideServer.start();
  const { id: storeId } = await client.vectorStores.create({});
  const rivers = await client.files.create({
    file: await toFile(Buffer.from('The Nile is 6650 km long.'), 'nile.txt'),
    purpose: 'assistants',
  });
  await client.vectorStores.files.createAndPoll(storeId, { file_id: rivers.id }, { pollIntervalMs: 50 });

  beforeAll(async () => {
    await system.useProviders(
      `providers:\n  - { name: pictures, preset: openai, base_url: "${images.baseUrl}", api_key: key }\n`,
    );
  });
  afterAll(async () => {
    await system.useProviders();
    await Promise.all([images.stop(), notes.stop()]);
  });

  return {
    system,
    provider,
    baseURL,
    apiKey,
    client,
    notes,
    storeId,
    /** Lets the model make these calls, one a turn, and then answer, by the outputs that it has read. */
    play: (calls: readonly ToolTurn[], answer: (outputs: string[]) => string = () => 'Done.'): void => {
      provider.script = ({ body }) => {
        const outputs = body.messages.filter(({ role }) => role === 'tool');
        const call = calls[outputs.length];
        if (call) return [toolCall(...call, { id: `call_${outputs.length}` })];
        return [text(answer(outputs.map(({ content }) => JSON.stringify(content))))];
      };
    },
    /** The last request of the provider, as JSON. */
    lastBody: () => JSON.stringify(provider.calls.at(-1)?.body),
  };
}

/** The mark of the first source of an output, which a model writes to cite it. */
export function markIn(output = ''): string {
  return /【[a-z0-9]{4}-1】/.exec(output)?.[0] ?? 'no mark';
}
