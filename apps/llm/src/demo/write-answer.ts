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
  if (said !== null) return said;
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
  if (output.trim() === '') return `${of} returned nothing.`;
  return `${of} returned:${shown(parse(output))}`;
}

/** Texts as they are; the entries of a list and the fields of an object a line each, those of a list in an object too. */
function shown(value: unknown): string {
  if (!isObject(value) && !Array.isArray(value)) return ` ${excerpt(textIn(value), textLengthMax)}`;
  const lines = Object.entries(value).flatMap(([name, inner]) => {
    if (!Array.isArray(value) && Array.isArray(inner) && inner.some(isObject)) return shown(inner).trim();
    const texts = isObject(inner) ? Object.values(inner).filter((text) => typeof text === 'string') : [];
    if (texts.length > 0) return `- ${excerpt(texts.join(' · '), textLengthMax)}`;
    return `- ${Array.isArray(value) ? '' : `${name}: `}${excerpt(textIn(inner), textLengthMax)}`;
  });
  return `\n\n${lines.slice(0, linesMax).join('\n')}`;
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** "What is my name?" after "My name is Ada." */
function recall({ text, earlierTexts }: UserMessage): string | null {
  const thing = /\bwhat(?:['’]s| is| was)\s+my\s+([\p{L} ]{2,40}?)\s*\??$/iu.exec(text)?.[1]?.toLowerCase();
  if (thing === undefined) return null;
  const value = earlierTexts
    .flatMap((earlier) => [...earlier.matchAll(/\bmy\s+([\p{L} ]{2,40}?)\s+is\s+([^.,!?\n]{1,100})/giu)])
    .find(([, named = '']) => named.toLowerCase() === thing)?.[2];
  return value === undefined ? `You have not mentioned your ${thing}.` : `Your ${thing} is ${value.trim()}.`;
}

/** The calculation of a text with its result, where it has two numbers. */
function resultIn(text: string): string | null {
  const pattern = /^(-?\d+(?:\.\d+)?)(%?)\s*([-+*×x/÷])\s*(-?\d+(?:\.\d+)?)$/;
  const [, left = '', percent = '', operator = '', right = ''] = pattern.exec(expressionIn(text) ?? '') ?? [];
  if (left === '' || (percent !== '' && operator !== '*')) return null;
  const [a, b] = [Number(left) / (percent === '' ? 1 : 100), Number(right)];
  const value =
    operator === '+' ? a + b : operator === '-' ? a - b : '*×x'.includes(operator) ? a * b : a / b;
  return Number.isFinite(value)
    ? `${left}${percent} ${operator} ${right} = ${Number(value.toPrecision(12))}.`
    : null;
}
