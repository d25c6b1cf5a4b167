import {
  type AddedTools,
  type ClientTool,
  type HostedTool,
  ownLabel,
  type Response,
  type ServerTool,
  type ToolResult,
} from '@antiphon/contracts';
import { foundNames } from './added-tools.ts';
import type { OfferedTool, OfferedTools } from './list-tools.ts';
import { markedDescription } from './tool-notice.ts';

/** A result of a tool that the run answers itself. */
export type FoundTools = Pick<ToolResult, 'output' | 'error'> & { tools: AddedTools };

const name = 'tool_search';
/** Tools that one search finds, where the model asks for no other number. */
const foundDefault = 8;
const foundMax = 20;
/** Characters of the list of what can be found, in the description of the search. */
const listedMax = 8_000;
/** Characters of a tool's description in the result of a search. */
const describedMax = 300;
const queryMax = 1_000;

/**
 * The tools of a run with a search for those that are deferred. Without a tool search, every tool is offered from the start. `search` is the
 * request's search by the server; the caller's own search is one of its tools.
 */
export function withToolSearch(tools: OfferedTools, search: HostedTool | undefined): OfferedTools {
  const deferred = [...tools.values()].filter(({ isDeferred }) => isDeferred);
  if (deferred.length === 0) return tools;
  if (search === undefined) return isSearch(tools.get(name)) ? tools : withoutDeferral(tools);
  if (tools.has(name)) return tools;
  return new Map([...tools, [name, searchOf(deferred, search)]]);
}

/** The tools that a model is offered in a turn: all but the deferred ones that no search has found. Found tools come last, in the order of their finds. */
export function visibleTools(
  tools: OfferedTools,
  context: Parameters<typeof foundNames>[0],
  { toolChoice }: Pick<Response, 'toolChoice'>,
): OfferedTools {
  const entries = [...tools];
  if (!entries.some(([, { isDeferred }]) => isDeferred)) return tools;
  const chosen = typeof toolChoice === 'string' ? [] : [toolChoice.name];
  const found = new Set([...chosen, ...foundNames(context)]);
  const visible = new Map(entries.filter(([, { isDeferred }]) => !isDeferred));
  for (const one of found) {
    for (const [key, tool] of entries) if (key === one || labelOf(tool) === one) visible.set(key, tool);
  }
  return visible;
}

function isSearch(offered: OfferedTool | undefined): boolean {
  return offered?.tool.executor === 'client' && offered.tool.kind === name;
}

function withoutDeferral(tools: OfferedTools): OfferedTools {
  return new Map([...tools].map(([key, { isDeferred: _, ...tool }]) => [key, tool]));
}

function searchOf(deferred: readonly OfferedTool[], hosted: HostedTool): OfferedTool {
  const tool: ServerTool = {
    executor: 'server',
    name,
    description: `Searches for more tools by their names and descriptions. The tools that it finds can be called afterwards. Search before you say that you cannot do something. There are:\n${listDeferred(deferred)}`,
    parameters: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'Words for what the tools should do, or their names.' },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: foundMax,
          description: `How many tools to find at most; ${foundDefault} if left out.`,
        },
      },
      required: ['query'],
      additionalProperties: false,
    },
    annotations: { readOnly: true, idempotent: true, destructive: false },
    approval: 'never',
    timeoutMs: 10_000,
  };
  return { tool, origin: null, hosted, answer: (text) => search(deferred, text) };
}

/** Namespaces and servers by their descriptions, and the names of all other deferred tools. */
function listDeferred(deferred: readonly OfferedTool[]): string {
  const groups = new Map<string, { description: string; count: number }>();
  const names: string[] = [];
  for (const offered of deferred) {
    const label = groupOf(offered);
    if (label === null) {
      names.push(offered.tool.name);
      continue;
    }
    const group = groups.get(label) ?? { description: '', count: 0 };
    const description = group.description || describeGroup(offered);
    groups.set(label, { description, count: group.count + 1 });
  }
  const lines = [...groups].map(
    ([label, { description, count }]) =>
      `- ${label} (${count} ${count === 1 ? 'tool' : 'tools'})${description && `: ${description}`}`,
  );
  const text = [...lines, ...names.map((own) => `- ${own}`)].join('\n');
  return text.length <= listedMax ? text : `${text.slice(0, listedMax)} …`;
}

/** The namespace or the server that a tool belongs to. */
function groupOf(offered: OfferedTool): string | null {
  return namespaceOf(offered)?.name ?? labelOf(offered);
}

function describeGroup(offered: OfferedTool): string {
  return namespaceOf(offered)?.description ?? offered.origin?.server.description ?? '';
}

function namespaceOf({ tool }: OfferedTool): ClientTool['namespace'] {
  return tool.executor === 'client' ? tool.namespace : undefined;
}

function labelOf({ origin, tool, isDeferred }: OfferedTool): string | null {
  return origin?.server.label ?? (isDeferred && tool.executor === 'server' ? ownLabel : null);
}

/** The tools that fit the words of a query best. */
function search(deferred: readonly OfferedTool[], text: string): FoundTools {
  const { query, limit } = readQuery(text);
  const words = wordsOf(query);
  const indexed = deferred.map((offered) => ({ offered, index: indexOf(offered) }));
  const weights = words.map((word) => {
    const hits = indexed.filter(({ index }) => scoreOf(word, index) > 0).length;
    return Math.log(1 + indexed.length / Math.max(hits, 1));
  });
  const ranked = indexed
    .map(({ offered, index }) => ({
      offered,
      score: words.reduce((sum, word, place) => sum + (weights[place] ?? 0) * scoreOf(word, index), 0),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ offered }) => offered);
  return { output: describeFound(ranked), error: null, tools: addedOf(ranked) };
}

/** Models write the words in several forms; every text among the arguments is part of the query. */
function readQuery(text: string): { query: string; limit: number } {
  const args = JSON.parse(text) as Record<string, unknown>; // checked before the call starts
  const { limit } = args;
  const isNumber = typeof limit === 'number' && Number.isInteger(limit) && limit > 0;
  const texts = Object.values(args)
    .flat()
    .filter((value) => typeof value === 'string');
  return {
    query: texts.join(' ').slice(0, queryMax),
    limit: isNumber ? Math.min(limit, foundMax) : foundDefault,
  };
}

interface IndexedWords {
  name: string[];
  described: string[];
}

function indexOf(offered: OfferedTool): IndexedWords {
  const { description, parameters } = offered.tool;
  const fields = Object.keys((parameters?.['properties'] ?? {}) as object).join(' '); // an object in every JSON Schema
  return {
    name: wordsOf(offered.tool.name),
    described: wordsOf(`${description ?? ''} ${describeGroup(offered)} ${fields}`),
  };
}

/** A word in the name counts three times as much as one in the description. */
function scoreOf(word: string, { name: own, described }: IndexedWords): number {
  return (
    (own.some((other) => isAlike(word, other)) ? 3 : 0) +
    (described.some((other) => isAlike(word, other)) ? 1 : 0)
  );
}

/** Equal, or one begins with the other, as in "order" and "orders". */
function isAlike(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 3 && long.length - short.length <= 3 && long.startsWith(short);
}

/** Words in lower case, those inside `camelCase` and `snake_case` too. */
function wordsOf(text: string): string[] {
  const spaced = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return [...new Set(spaced.match(/[\p{L}\p{N}]+/gu))];
}

function describeFound(found: readonly OfferedTool[]): string {
  if (found.length === 0) return 'No tool fits. Search again with other words.';
  const lines = found.map((offered) => {
    const description = markedDescription({ ...offered, tool: shortened(offered.tool) });
    return `- ${offered.tool.name}${description ? `: ${description}` : ''}`;
  });
  return `These tools can be called now:\n${lines.join('\n')}`;
}

function shortened<Described extends { description: string | null }>(tool: Described): Described {
  const { description } = tool;
  if (description === null || description.length <= describedMax) return tool;
  return { ...tool, description: `${description.slice(0, describedMax)} …` };
}

function addedOf(found: readonly OfferedTool[]): AddedTools {
  const clientTools = found.flatMap(({ tool }) => (tool.executor === 'client' ? [tool] : []));
  const labels = [
    ...new Set(found.flatMap((offered) => (isOfClient(offered) ? [] : [labelOf(offered) ?? ownLabel]))),
  ];
  const serverTools = labels.map((label) => ({
    label,
    names: found
      .filter((offered) => !isOfClient(offered) && labelOf(offered) === label)
      .map(({ origin, tool }) => origin?.toolName ?? tool.name),
  }));
  return { clientTools, ...(serverTools.length > 0 && { serverTools }) };
}

function isOfClient({ tool }: OfferedTool): boolean {
  return tool.executor === 'client';
}
