import type { JsonObject, ModelTool } from '@antiphon/contracts';
import { echoOf, expressionIn, smallTalk, wantsLookUp, writing } from './message.ts';
import { nameWords, stem, stemsOf, urlsIn } from './words.ts';

/** Words in the names of tools that do not show their purpose. */
const genericWords =
  'get set do run make call use tool api request requests http fetch data current the a of for';

/** Phrases with "time" that do not ask for the time. */
const noClock = /\b(?:first|last|next|long|every|each) time\b/gi;

/** The tool that a text asks for, by the words of its name and description; undefined where none fits, or none is needed. */
export function chooseTool(text: string, tools: readonly ModelTool[]): ModelTool | undefined {
  if (smallTalk.test(text) || echoOf(text) !== undefined) return undefined;
  const hasUrl = urlsIn(text).length > 0;
  // A tool that requires a URL cannot be called without one.
  const usable = hasUrl ? tools : tools.filter((tool) => !urlParameter(tool));
  const found =
    (hasUrl ? chooseUrlTool(text, tools) : undefined) ?? bestMatch(text.replace(noClock, ''), usable);
  if (found) return found;
  if (expressionIn(text) !== undefined)
    return usable.find((tool) => /calculat|arithmetic|\bmath/i.test(described(tool)));
  return wantsLookUp(text) ? usable.find(isSearchTool) : undefined;
}

/** A tool for a URL: one that sends requests where the text says so, by the method that it names, else one that reads pages. */
export function chooseUrlTool(text: string, tools: readonly ModelTool[]): ModelTool | undefined {
  const takers = tools.filter(urlParameter);
  const method = /\b(get|post|put|patch|delete)\b[^.\n]{0,20}https?:/i.exec(text)?.[1]?.toLowerCase();
  const isApi = method !== undefined || /\b(?:api|endpoint|json|request|call)\b/i.test(text);
  const wanted = takers.filter(({ name }) => /http|request|api/i.test(name) === isApi);
  return wanted.find(({ name }) => nameWords(name).includes(method ?? 'get')) ?? wanted[0] ?? takers[0];
}

export function isSearchTool(tool: ModelTool): boolean {
  const takesQuery = Object.keys(propertiesOf(tool)).some((name) =>
    /^(?:q|query|search|keywords?)$/i.test(name),
  );
  return takesQuery && /search|google|look ?up|find|web|knowledge/i.test(described(tool));
}

/** The parameter that takes a URL, where it is required or the first. */
export function urlParameter(tool: ModelTool): string | undefined {
  const required: unknown = tool.parameters?.['required'];
  const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
  const names = Object.keys(propertiesOf(tool));
  return names.find((name, index) => /^(?:url|uri|link)$/i.test(name) && (index === 0 || isRequired(name)));
}

export function propertiesOf({ parameters }: ModelTool): JsonObject {
  const listed = parameters?.['properties'];
  return typeof listed === 'object' && listed !== null && !Array.isArray(listed) ? listed : {};
}

/** The tool whose name and description share most words with the text, if they share enough. */
function bestMatch(text: string, tools: readonly ModelTool[]): ModelTool | undefined {
  const stems = stemsOf(text);
  const scored = tools.map((tool) => ({ tool, score: scoreOf(stems, tool, writing.test(text)) }));
  return scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score)[0]?.tool;
}

/** 0 where common words may be chance: the text must have the whole name, or parts of name and description, or much of the description. */
function scoreOf(stems: ReadonlySet<string>, tool: ModelTool, isWholeNameNeeded: boolean): number {
  const words = nameWords(tool.name);
  const purpose = words.filter((word) => !genericWords.split(' ').includes(word));
  const name = new Set((purpose.length > 0 ? purpose : words).map(stem));
  const description = stemsOf(`${tool.description ?? ''} ${Object.keys(propertiesOf(tool)).join(' ')}`);
  const named = [...name].filter((word) => stems.has(word)).length;
  const said = [...description].filter((word) => stems.has(word) && !name.has(word)).length;
  if (named === name.size) return 6 + said;
  const isDescribed = (named > 0 && said > 0) || (said >= 2 && said / stems.size >= 0.4);
  return isDescribed && !isWholeNameNeeded ? named / name.size + said : 0;
}

function described({ name, description }: ModelTool): string {
  return `${nameWords(name).join(' ')} ${description ?? ''}`;
}
