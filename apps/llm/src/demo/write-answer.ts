import type { JsonObject, JsonValue, ModelTool, TextFormat } from '@antiphon/contracts';
import { isObject } from '../providers/json-object.ts';
import { chooseTool } from './choose-tool.ts';
import { arithmeticOf, echoOf, isSmallTalk, isWriting } from './intent.ts';
import { type Hints, jsonInstance } from './json-instance.ts';
import { searchQuery } from './search-query.ts';
import { TextHints } from './text-hints.ts';
import type { ToolOutcome, Turn } from './turn.ts';
import { excerpt } from './words.ts';

const findingsMax = 5;
const snippetLengthMax = 200;
const pageLengthMax = 700;

const whoAnswers =
  'I am the demo provider of this server: I plan tool calls and answer from what they return, without a language model. ' +
  'Set OPENAI_API_KEY or OPENAI_BASE_URL to let a real model answer.';

/** The answer once no more tools are called: the outputs of the tools, and the calculations of the parts that no tool answers. */
export function writeAnswer(turn: Turn, tools: readonly ModelTool[]): string {
  const { text, parts, outcomes } = turn;
  const worked = parts.flatMap((part) => {
    const result = arithmeticOf(part);
    return result === null || (outcomes.length > 0 && chooseTool({ ...turn, text: part }, tools))
      ? []
      : [`${result}.`];
  });
  if (outcomes.length > 0) return [...outcomes.map(fromOutcome), ...worked].join('\n\n');
  const echoed = echoOf(text) ?? recall(turn);
  if (echoed !== null) return echoed;
  if (isSmallTalk(text)) return greet(text, tools);
  if (worked.length > 0) return worked.join('\n\n');
  if (isWriting(text)) return compose(text);
  return `You asked: “${excerpt(text, snippetLengthMax)}”. ${whoAnswers}`;
}

/** The answer in the requested format; an instance of the schema, where there is one, with the answer in its text properties. */
export function writeJson(turn: Turn, format: Exclude<TextFormat, { type: 'text' }>, answer: string): string {
  if (format.type === 'json_object') return JSON.stringify({ answer });
  return JSON.stringify(jsonInstance(format.schema, new AnswerHints(turn.text, answer)));
}

/** The answer for properties that hold prose, values from the text for all others. */
class AnswerHints implements Hints {
  readonly #text: TextHints;

  constructor(
    text: string,
    private readonly answer: string,
  ) {
    this.#text = new TextHints(text);
  }

  value(name: string, schema: JsonObject): JsonValue | undefined {
    const isProse =
      /answer|summary|explanation|description|content|message|text|reason|conclusion|output|response/i.test(
        name,
      );
    const isFree =
      schema['enum'] === undefined && schema['format'] === undefined && schema['pattern'] === undefined;
    return isProse && isFree && schema['type'] === 'string' ? this.answer : this.#text.value(name, schema);
  }

  mentions(): boolean {
    return false;
  }
}

function fromOutcome(outcome: ToolOutcome): string {
  const subject = subjectOf(outcome.arguments);
  const of = subject === '' ? '' : ` for “${subject}”`;
  if (outcome.hasFailed)
    return `${outcome.name}${of} did not work: ${excerpt(outcome.output, snippetLengthMax)}`;
  if (outcome.output.trim() === '') return `${outcome.name}${of} returned nothing.`;
  const parsed = parse(outcome.output);
  const findings = findingsOf(parsed);
  if (findings.length > 0)
    return `Here is what ${outcome.name} found${of}:\n\n${findings.map(findingLine).join('\n')}`;
  if (isObject(parsed)) return `${outcome.name}${of} returned:\n\n${fieldLines(parsed)}`;
  return `${outcome.name}${of} returned: ${excerpt(typeof parsed === 'string' ? parsed : outcome.output, pageLengthMax)}`;
}

interface Finding {
  title: string;
  snippet: string;
  url: string;
}

/** The entries of the first list of results in an output, at any depth. */
function findingsOf(value: unknown, depth = 0): Finding[] {
  if (depth > 4) return [];
  if (Array.isArray(value)) {
    const findings = value.filter(isObject).map(toFinding);
    return findings.filter(({ title, snippet }) => title !== '' || snippet !== '').slice(0, findingsMax);
  }
  if (!isObject(value)) return [];
  for (const inner of Object.values(value)) {
    const findings = findingsOf(inner, depth + 1);
    if (findings.length > 0) return findings;
  }
  return [];
}

function toFinding(entry: Record<string, unknown>): Finding {
  const first = (...names: string[]) => {
    const found = names.map((name) => entry[name]).find((value) => typeof value === 'string' && value !== '');
    return typeof found === 'string' ? found : '';
  };
  return {
    title: first('title', 'name', 'headline'),
    snippet: excerpt(first('snippet', 'description', 'content', 'summary', 'text'), snippetLengthMax),
    url: first('link', 'url', 'href'),
  };
}

function findingLine({ title, snippet, url }: Finding): string {
  const words = [title, snippet].filter((part) => part !== '').join(': ');
  return `- ${words}${url === '' ? '' : ` (${url})`}`;
}

function fieldLines(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .slice(0, 12)
    .map(
      ([name, value]) =>
        `- ${name}: ${excerpt(typeof value === 'string' ? value : JSON.stringify(value), pageLengthMax)}`,
    )
    .join('\n');
}

/** The subject of a call: its first argument that is a text. */
function subjectOf(args: string): string {
  const parsed = parse(args);
  const subject = isObject(parsed)
    ? Object.values(parsed).find((value) => typeof value === 'string')
    : undefined;
  return typeof subject === 'string' ? excerpt(subject, 100) : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** "What is my name?" after "My name is Ada." */
function recall(turn: Turn): string | null {
  const asked = /\bwhat(?:'s|’s| is| was)\s+my\s+([\p{L} ]{2,40}?)\s*\??$/iu.exec(turn.text)?.[1];
  if (asked === undefined) return null;
  const wanted = asked.toLowerCase();
  for (const earlier of turn.earlierTexts.toReversed()) {
    for (const [, thing = '', value = ''] of earlier.matchAll(
      /\bmy\s+([\p{L} ]{2,40}?)\s+is\s+([^.,!?\n]{1,100})/giu,
    )) {
      if (thing.toLowerCase() === wanted) return `Your ${wanted} is ${value.trim()}.`;
    }
  }
  return `You have not mentioned your ${wanted}.`;
}

function greet(text: string, tools: readonly ModelTool[]): string {
  if (/^(?:thanks|thank you)/i.test(text)) return 'You are welcome!';
  if (/^(?:bye|goodbye)/i.test(text)) return 'Goodbye!';
  const offered = tools.map((tool) => tool.name).slice(0, 8);
  const invitation =
    offered.length === 0 ? '' : ` Ask me something that these tools can answer: ${offered.join(', ')}.`;
  return `Hello! ${whoAnswers}${invitation}`;
}

/** An outline from a template. */
function compose(text: string): string {
  const subject = searchQuery(text);
  return [
    `# ${subject.charAt(0).toUpperCase()}${subject.slice(1)}`,
    `This is an outline on ${subject}, made from a template. ${whoAnswers}`,
    `1. Background: what ${subject} is and why it matters now.\n2. Main points: the facts, the people and the figures behind it.\n3. Outlook: open questions and what to watch.`,
  ].join('\n\n');
}
