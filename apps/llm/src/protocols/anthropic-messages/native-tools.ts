import type { ToolUnion } from '@anthropic-ai/sdk/resources/messages';
import type { ErrorInfo, HostedKind, HostedResult } from '@antiphon/contracts';
import { isObject, objectsOf, type UnknownObject } from '../../providers/json-object.ts';
import { codeResult, webSearchArguments, webSearchResult } from '../hosted/native-results.ts';
import type { NativeForms } from '../hosted/native-tools.ts';

/** A tool that Anthropic runs. */
export type NativeTool = Extract<ToolUnion, { type: 'web_search_20250305' | 'code_execution_20250825' }>;

/** Anthropic's own tools. Code with files or a container of a request runs here: both are those of this system. */
export const nativeForms: NativeForms<NativeTool> = {
  web_search({ options: { allowedDomains, blockedDomains, location } }) {
    // The API takes one of the two lists.
    if (allowedDomains.length > 0 && blockedDomains.length > 0) return null;
    return {
      type: 'web_search_20250305',
      name: 'web_search',
      ...(allowedDomains.length > 0 && { allowed_domains: allowedDomains }),
      ...(blockedDomains.length > 0 && { blocked_domains: blockedDomains }),
      ...(location && { user_location: { type: 'approximate', ...location } }),
    };
  },

  code_interpreter({ options: { container } }) {
    if (container.type === 'id' || container.fileIds.length > 0) return null;
    return { type: 'code_execution_20250825', name: 'code_execution' };
  },
};

/** The hosted tools by the names of their calls. Code runs as commands and as edits of files. */
export const kindsOfCalls: Readonly<Record<string, HostedKind>> = {
  web_search: 'web_search',
  code_execution: 'code_interpreter',
  bash_code_execution: 'code_interpreter',
  text_editor_code_execution: 'code_interpreter',
};

/** The arguments of the function that does the same here. */
export function nativeArguments(kind: HostedKind, input: UnknownObject): string {
  if (kind === 'web_search')
    return webSearchArguments({ type: 'search', queries: queriesOf(input), results: [] });
  const code = [input['code'], input['command']].find((text) => typeof text === 'string');
  const isEdit = 'path' in input;
  return JSON.stringify({ code: code === undefined || isEdit ? JSON.stringify(input) : code });
}

/** The result of a call, from the content of the block that holds it. */
export function nativeResult(kind: HostedKind, input: UnknownObject, content: unknown): HostedResult {
  const error = errorIn(content);
  if (kind === 'web_search') {
    const results = objectsOf(content).flatMap(({ url, title }) =>
      typeof url === 'string' ? [{ url, title: textOf(title), snippet: '' }] : [],
    );
    return webSearchResult({ type: 'search', queries: queriesOf(input), results }, error);
  }
  const { stdout, stderr, content: shown } = isObject(content) ? content : ({} as UnknownObject);
  const logs = [textOf(stdout), textOf(stderr), textOf(shown)].filter((text) => text !== '').join('\n');
  const outputs = logs === '' ? [] : [{ type: 'logs' as const, logs }];
  return codeResult({ containerId: '', outputs }, error);
}

function queriesOf({ query }: UnknownObject): string[] {
  return typeof query === 'string' ? [query] : [];
}

function errorIn(content: unknown): ErrorInfo | null {
  const code = isObject(content) ? content['error_code'] : undefined;
  if (typeof code !== 'string') return null;
  return { code: 'model_error', message: `The provider's tool failed: ${code.slice(0, 100)}.` };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
