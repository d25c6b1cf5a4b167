import type { ModelTool, TextFormat } from '@antiphon/contracts';
import { isObject, parseObject } from '../providers/json-object.ts';
import { chooseTool } from './choose-tool.ts';
import { hintsOf } from './hints.ts';
import { jsonInstance } from './json-instance.ts';
import { echoOf, expressionIn, partsOf, smallTalk, type UserMessage } from './message.ts';
import { excerpt } from './words.ts';

const linesMax = 8;
const textLengthMax = 700;

const whoAnswers =
  'I am the demo provider of this server: I plan tool calls and answer from what they return, without a language model. ' +
  'Set OPENAI_API_KEY or OPENAI_BASE_URL to let a real model answer.';

/** The answer once no more tools are called: the outputs of the tools, and the calculations of the parts that no tool answers. */
export function writeAnswer(message: UserMessage, tools: readonly ModelTool[]): string {
  const { text, outcomes } = message;
  const isAnswered = (part: string) => outcomes.length > 0 && chooseTool(part, tools) !== undefined;
  const results = partsOf(text).flatMap((part) => (isAnswered(part) ? [] : (resultIn(part) ?? [])));
  if (outcomes.length > 0) return [...outcomes.map(fromOutcome), ...results].join('\n\n');
  const said = echoOf(text) ?? recall(message);
  if (said !== undefined) return said;
  if (smallTalk.test(text)) return `Hello! ${whoAnswers}`;
  if (results.length > 0) return results.join('\n\n');
  return `You asked: “${excerpt(text, 200)}”. ${whoAnswers}`;
}

/** The answer in the requested format; an instance of the schema, where there is one, with the answer in the texts that nothing else fits. */
export function writeJson(
  text: string,
  format: Exclude<TextFormat, { type: 'text' }>,
  answer: string,
): string {
  const isPlain = format.type === 'json_object';
  return JSON.stringify(isPlain ? { answer } : jsonInstance(format.schema, hintsOf(text, answer)));
}

function fromOutcome({ name, args, output, hasFailed }: UserMessage['outcomes'][number]): string {
  const subject = Object.values(parseObject(args) ?? {}).find((value) => typeof value === 'string');
  const of = subject === undefined ? name : `${name} for “${excerpt(subject, 100)}”`;
  if (hasFailed) return `${of} did not work: ${excerpt(output, textLengthMax)}`;
  const lines = linesOf(output).map((line) => excerpt(line, textLengthMax));
  if (lines.join('') === '') return `${of} returned nothing.`;
  if (lines.length === 1) return `${of} returned: ${lines[0]}`;
  return [`${of} returned:\n`, ...lines.slice(0, linesMax).map((line) => `- ${line}`)].join('\n');
}

/** The lines of a tool's output: a text as it is; of JSON one for each object or list of plain values. */
function linesOf(output: string): string[] {
  try {
    return linesIn(JSON.parse(output));
  } catch {
    return [output]; // A text, or JSON that is nested too deeply for the stack.
  }
}

function linesIn(value: unknown): string[] {
  if (!isObject(value) && !Array.isArray(value)) return [String(value)];
  const entries = Object.entries<unknown>(value);
  const isNested = entries.some(([, inner]) => typeof inner === 'object' && inner !== null);
  if (isNested) return entries.flatMap(([, inner]) => linesIn(inner));
  return [
    entries.map(([name, inner]) => (Array.isArray(value) ? inner : `${name}: ${String(inner)}`)).join(' · '),
  ];
}

/** "What is my name?" after "My name is Ada." */
function recall({ text, earlierTexts }: UserMessage): string | undefined {
  const thing = /\bwhat(?:['’]s| is| was)\s+my\s+([\p{L} ]{2,40}?)\s*\??$/iu.exec(text)?.[1]?.toLowerCase();
  if (thing === undefined) return undefined;
  const value = earlierTexts
    .flatMap((earlier) => [...earlier.matchAll(/\bmy\s+([\p{L} ]{2,40}?)\s+is\s+([^.,!?\n]{1,100})/giu)])
    .find(([, named = '']) => named.toLowerCase() === thing)?.[2];
  return value === undefined ? `You have not mentioned your ${thing}.` : `Your ${thing} is ${value.trim()}.`;
}

const operations: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

/** The calculation of a text with its result, where it has two numbers. */
function resultIn(text: string): string | undefined {
  const pattern = /^(-?\d+(?:\.\d+)?)(%(?=\s*\*))?\s*([-+*/])\s*(-?\d+(?:\.\d+)?)$/;
  const [, left = '', percent = '', operator = '', right = ''] = pattern.exec(expressionIn(text) ?? '') ?? [];
  const value = operations[operator]?.(Number(left) / (percent ? 100 : 1), Number(right)) ?? NaN;
  if (!Number.isFinite(value)) return undefined;
  return `${left}${percent} ${operator} ${right} = ${Number(value.toPrecision(12))}.`;
}
