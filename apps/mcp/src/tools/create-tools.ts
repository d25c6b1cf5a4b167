import type { Egress } from '@antiphon/service-kit';
import type { Calculator } from '../calculator/calculator.ts';
import type { Config } from '../config.ts';
import type { Embedder } from '../file-search/embedder.ts';
import type { FileIndexStore } from '../file-search/file-index.store.ts';
import type { PageReader } from '../pages/page-reader.ts';
import type { PythonRunner } from '../python/python-runner.ts';
import type { WebSearch } from '../search/web-search.ts';
import type { HostedTool } from '../host/tool.ts';
import { createCalculate } from './calculate.ts';
import { createCurrentTime } from './current-time.ts';
import { createFileSearch } from './file-search.ts';
import { createGoogleSearch } from './google-search.ts';
import { createHttpTools } from './http-requests.ts';
import { createPythonExec } from './python-exec.ts';
import { createScrape } from './scrape.ts';

export interface ToolParts {
  egress: Egress;
  pages: PageReader;
  web: WebSearch;
  fileIndex: FileIndexStore;
  embedder: Embedder;
  calculator: Calculator;
  /** Null where Python is switched off. */
  python: PythonRunner | null;
}

/** Tools that are there only where a variable says so. What a tools file says of them holds for when they are. */
export const optionalTools: readonly string[] = ['python_exec'];

/** The built-in tools. */
export function createTools(config: Config, parts: ToolParts): HostedTool[] {
  const { egress, pages, web, fileIndex, embedder, calculator, python } = parts;
  const { timeoutMs: toolTimeoutMs, outputBytesMax } = config.tools;
  return [
    createGoogleSearch({ timeoutMs: toolTimeoutMs }, web),
    createScrape(
      { ...config.scrape, toolTimeoutMs, outputBytesMax, allowedUrls: config.http.allowedUrls },
      egress,
      pages,
    ),
    createCurrentTime({ timeoutMs: toolTimeoutMs, now: () => new Date() }),
    createCalculate({ timeoutMs: toolTimeoutMs }, calculator),
    ...createFileSearch({ ...config.fileSearch, toolTimeoutMs, outputBytesMax }, fileIndex, embedder),
    ...(python ? [createPythonExec({ ...config.python, toolTimeoutMs }, python)] : []),
    ...createHttpTools({ ...config.http, toolTimeoutMs, outputBytesMax }, egress),
  ];
}
