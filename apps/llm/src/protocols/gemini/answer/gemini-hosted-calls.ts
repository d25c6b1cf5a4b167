import { type HostedKind, type JsonObject, type ModelDelta, newId } from '@antiphon/contracts';
import { asJson, isObject, objectsOf, type UnknownObject } from '../../../providers/json-object.ts';
import { codeResult, webSearchArguments, webSearchResult } from '../../hosted/native-results.ts';

export interface GeminiHostedOptions {
  account: string;
  /** The hosted tools that Google runs. */
  nativeTools: ReadonlySet<HostedKind>;
}

/** Reads the calls that Google runs itself: code and its result as parts, and searches as what an answer is based on. */
export class GeminiHostedCalls {
  private count = 0;
  /** Code without a result so far, as it is sent back. */
  private open: { call: number; part: JsonObject } | null = null;
  private readonly queries: string[] = [];
  private readonly pages = new Map<string, string>();

  constructor(private readonly options: GeminiHostedOptions) {}

  get haveBegun(): boolean {
    return this.count > 0;
  }

  /** Whether a part is one of code that runs at Google. */
  takes({ executableCode, codeExecutionResult }: UnknownObject): boolean {
    return (
      this.options.nativeTools.has('code_interpreter') &&
      (isObject(executableCode) || isObject(codeExecutionResult))
    );
  }

  read(part: UnknownObject, burst: ModelDelta[]): void {
    const { executableCode, codeExecutionResult } = part;
    if (isObject(executableCode)) {
      const call = this.begin(
        'code_interpreter',
        JSON.stringify({ code: textOf(executableCode['code']) }),
        burst,
      );
      this.open = { call, part: asJson(part) };
      return;
    }
    if (this.open === null || !isObject(codeExecutionResult)) return;
    const { call, part: code } = this.open;
    this.open = null;
    const { outcome, output } = codeExecutionResult;
    const logs = textOf(output);
    const outputs = logs === '' ? [] : [{ type: 'logs' as const, logs }];
    const error =
      outcome === undefined || outcome === 'OUTCOME_OK'
        ? null
        : { code: 'model_error' as const, message: 'The code failed.' };
    const origin = { provider: this.options.account, extraContent: { parts: [code, asJson(part)] } };
    const result = { ...codeResult({ containerId: '', outputs }, error), origin };
    burst.push({ type: 'hosted_result', call, result });
  }

  /** Keeps what an answer is based on. */
  readGrounding({ groundingMetadata: about }: UnknownObject): void {
    if (!isObject(about) || !this.options.nativeTools.has('web_search')) return;
    const queries: unknown[] = Array.isArray(about['webSearchQueries']) ? about['webSearchQueries'] : [];
    for (const query of queries)
      if (typeof query === 'string' && !this.queries.includes(query)) this.queries.push(query);
    for (const { web } of objectsOf(about['groundingChunks']))
      if (isObject(web) && typeof web['uri'] === 'string') this.pages.set(web['uri'], textOf(web['title']));
  }

  /** The end of the answer: its searches become one call, since the API does not say when it made them. */
  end(burst: ModelDelta[]): void {
    if (this.queries.length === 0) return;
    const results = [...this.pages].map(([url, title]) => ({ url, title, snippet: '' }));
    const action = { type: 'search' as const, queries: this.queries, results };
    const call = this.begin('web_search', webSearchArguments(action), burst);
    const origin = { provider: this.options.account, extraContent: { parts: [] } };
    burst.push({ type: 'hosted_result', call, result: { ...webSearchResult(action, null), origin } });
  }

  private begin(kind: HostedKind, args: string, burst: ModelDelta[]): number {
    const call = this.count++;
    burst.push({ type: 'hosted_call', call, callId: newId('call'), kind, name: kind });
    burst.push({ type: 'hosted_arguments', call, text: args });
    burst.push({ type: 'hosted_progress', call });
    return call;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
