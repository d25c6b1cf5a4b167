import type { Caller, FileSearchOptions, FoundPassage, HostedToolOf } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { defineTool, readOnly, type RegisteredTool, type ToolOutput } from '../../host/tool.ts';
import { StoreSearch } from '../../vector-stores/search/store-search.ts';
import { VectorStoreStore } from '../../vector-stores/stored/vector-store.store.ts';
import { citable, citingNotice, shownMark } from '../citable-sources.ts';
import type { HostedOffer, HostedToolRunner } from '../hosted-tool-runner.ts';

const Parameters = z.object({
  queries: z
    .array(z.string().trim().min(1).max(1_000))
    .min(1)
    .max(5)
    .describe('What to look for, in words that the files may use. Several queries find more.'),
});

/** Searches the vector stores that a request names. */
@Injectable()
export class FileSearchRunner implements HostedToolRunner<'file_search'> {
  readonly kind = 'file_search';
  readonly names = ['file_search'];

  constructor(
    @Inject(MCP_CONFIG) private readonly config: Pick<Config, 'tools'>,
    private readonly stores: VectorStoreStore,
    private readonly searching: StoreSearch,
  ) {}

  /** Throws `not_found` for an unknown vector store, `invalid_request` for an expired one. */
  async offer(tool: HostedToolOf<'file_search'>, caller: Caller): Promise<HostedOffer> {
    for (const id of tool.options.storeIds) await this.stores.findOpen(caller, id);
    return { functions: this.functions(tool) };
  }

  functions({ options }: HostedToolOf<'file_search'>): readonly RegisteredTool[] {
    return [
      defineTool({
        name: 'file_search',
        description:
          'Searches the files that were given to you and returns the passages that fit best. Use it for every question that these files may answer.',
        parameters: Parameters,
        annotations: readOnly,
        timeoutMs: this.config.tools.timeoutMs,
        run: ({ queries }, { caller, idempotencyKey }, signal) =>
          this.search({ caller, options, queries, idempotencyKey }, signal),
      }),
    ];
  }

  private async search(
    { caller, options, queries, idempotencyKey }: FileSearch,
    signal: AbortSignal,
  ): Promise<ToolOutput> {
    const { storeIds, ...query } = options;
    const found = await this.searching.search(caller, storeIds, { ...query, queries }, signal);
    const results = firstWithin(found, this.config.tools.outputBytesMax / 2);
    const sources = citable(
      idempotencyKey,
      results.map(({ fileId, filename }) => ({ type: 'file', fileId, url: '', title: filename })),
    );
    const shown = results.map(({ filename, text }, place) => {
      const source = sources[place];
      return `${source ? `${shownMark(source)} ` : ''}${filename}\n${text}`;
    });
    const text =
      results.length === 0
        ? 'No passages were found. Search with other words.'
        : [...shown, citingNotice(sources)].join('\n\n');
    return { text, sources, detail: { kind: 'file_search', queries, results } };
  }
}

interface FileSearch {
  caller: Caller;
  options: FileSearchOptions;
  queries: string[];
  idempotencyKey: string;
}

/** As many results as fit: the output of a tool is cut off, and the item of the call has the same texts. */
function firstWithin(results: readonly FoundPassage[], bytesMax: number): FoundPassage[] {
  let bytes = 0;
  const end = results.findIndex(({ text }) => {
    bytes += Buffer.byteLength(text);
    return bytes > bytesMax;
  });
  return end === -1 ? [...results] : results.slice(0, Math.max(end, 1));
}
