import { type Caller, llmEmbed } from '@antiphon/contracts';
import { createLogger } from '@antiphon/service-kit';
import { createTestDatabase, MemoryBus } from '@antiphon/service-kit/testing';
import { afterAll } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../config.ts';
import { mcpSchema } from '../database.ts';
import { Embedder } from '../file-search/embedder.ts';
import { FileIndexStore } from '../file-search/file-index.store.ts';
import { requiredEnvironment } from './environment.ts';
import { createFileSearch } from '../tools/file-search.ts';

const Found = z.object({
  results: z.array(
    z.object({
      document_id: z.string(),
      chunk: z.number(),
      chunks: z.number(),
      score: z.number(),
      found_by: z.array(z.string()),
      preview: z.string(),
      text: z.string(),
      metadata: z.record(z.string(), z.unknown()),
      tags: z.array(z.string()),
    }),
  ),
  note: z.string().optional(),
});

export type Embedding = (text: string) => number[];

export function base64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

/** Embeds three concepts, each of which has several words. */
export const byConcept: Embedding = (text) =>
  [/\b(?:car|automobile|vehicle)s?\b/gi, /\b(?:cat|kitten|feline)s?\b/gi, /\b(?:soup|stew|broth)\b/gi].map(
    (concept) => 0.01 + [...text.matchAll(concept)].length,
  );

export const muchMetadata = Object.fromEntries(
  Array.from({ length: 9 }, (_, number) => [`key ${number}`, 'x'.repeat(1000)]),
);

export const ids = ({ results }: z.infer<typeof Found>) => results.map((result) => result.document_id);

export const notes = {
  refunds:
    'Customers who are not satisfied may return what they bought. We refund the full price within 30 days.',
  shipping: 'Parcels are shipped on weekdays. Shipping within Europe takes three days, elsewhere two weeks.',
  opening: 'The shop in Vienna is open from nine to six. It is closed on Sundays and public holidays.',
};

/** The tools of file search over a database of the calling spec. `open` returns those of a new user. */
export async function fileSearchTools() {
  const database = await createTestDatabase(mcpSchema);
  afterAll(() => database.drop());

  let users = 0;

  /** The tools for a new user, with a fake llm service. */
  async function open(
    limits: Record<string, number> = {},
    embed: Embedding | null = null,
    env: NodeJS.ProcessEnv = {},
    toolLimits: Record<string, number> = {},
  ) {
    const config = loadConfig({ ...requiredEnvironment, ...env }, { file_search: limits, tools: toolLimits });
    const bus = new MemoryBus();
    const asked: string[][] = [];
    const llm = { model: embed ? 'concepts' : null, embed };
    bus.handle(llmEmbed, async ({ texts }) => {
      asked.push(texts);
      const { embed: embedding } = llm;
      return { model: llm.model, vectors: embedding ? texts.map((text) => base64(embedding(text))) : [] };
    });
    const store = await FileIndexStore.open(database.dataSource, config.fileSearch);
    const { timeoutMs: toolTimeoutMs, outputBytesMax } = config.tools;
    const tools = createFileSearch(
      { ...config.fileSearch, toolTimeoutMs, outputBytesMax },
      store,
      new Embedder(bus, config, createLogger('mcp', 'silent')),
    );
    const userId = `user_${++users}`;
    const caller: Caller = { userId, tenantId: userId, kind: 'user', scopes: [] };
    const call = async (name: string, args: object, as: Caller = caller): Promise<unknown> => {
      const tool = tools.find(({ offer }) => offer.name === `file_search_${name}`);
      const output = await tool?.run(args, { caller: as, idempotencyKey: 'k' }, new AbortController().signal);
      return JSON.parse(typeof output === 'string' ? output : 'null');
    };
    return {
      tools,
      caller,
      asked,
      llm,
      index: (id: string, text: string, more: object = {}, as?: Caller) =>
        call('index', { document_id: id, text, ...more }, as),
      query: async (query: string, more: object = {}, as?: Caller) =>
        Found.parse(await call('query', { query, ...more }, as)),
      forget: (id: string, as?: Caller) => call('delete', { document_id: id }, as),
    };
  }
  return { database, open };
}
