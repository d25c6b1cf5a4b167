import type { JsonObject, JsonValue, ModelTool, TextFormat } from '@antiphon/contracts';
import { isObject } from '../providers/json-object.ts';
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

/** What to say once no more tools are called. */
export function writeAnswer(turn: Turn, tools: readonly ModelTool[]): string {
  if (turn.outcomes.length > 0) return fromOutcomes(turn.outcomes);
  const { text } = turn;
  const echoed = echoOf(text);
  if (echoed !== null) return echoed;
  const recalled = recall(turn);
  if (recalled !== null) return recalled;
  if (isSmallTalk(text)) return greet(text, tools);
  const worked = arithmeticOf(text);
  if (worked !== null) return `${worked}.`;
  if (isWriting(text)) return compose(text);
  return `You asked: “${excerpt(text, snippetLengthMax)}”. ${whoAnswers}`;
}

/** The answer in the form that was asked for: valid, and as much to the point as the words allow. */
export function writeJson(turn: Turn, format: Exclude<TextFormat, { type: 'text' }>, answer: string): string {
  if (format.type === 'json_object') return JSON.stringify({ answer });
  return JSON.stringify(jsonInstance(format.schema, new AnswerHints(turn.text, answer)));
}

/** Puts the answer where prose is wanted, and what the text says everywhere else. */
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

function fromOutcomes(outcomes: readonly ToolOutcome[]): string {
  return outcomes.map(fromOutcome).join('\n\n');
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

/** The entries of a list of results, wherever in the output it is. */
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

/** What a call was about: its first argument that is a text. */
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
  return `You have not told me your ${wanted}.`;
}

function greet(text: string, tools: readonly ModelTool[]): string {
  if (/^(?:thanks|thank you)/i.test(text)) return 'You are welcome!';
  if (/^(?:bye|goodbye)/i.test(text)) return 'Goodbye!';
  const offered = tools.map((tool) => tool.name).slice(0, 8);
  const invitation =
    offered.length === 0 ? '' : ` Ask me something that these tools can answer: ${offered.join(', ')}.`;
  return `Hello! ${whoAnswers}${invitation}`;
}

/** Something in the form that was asked for; its content is a template's. */
function compose(text: string): string {
  if (/\bhaiku\b/i.test(text))
    return 'Morning mist lifting,\nan old bridge between two shores:\nfootsteps, then the birds.';
  if (/\bpoem\b/i.test(text))
    return 'The lamp is low, the page is white,\nthe words come slowly into light;\nand what the day could not make plain\nis spelled by evening and by rain.';
  if (/\bjoke\b/i.test(text))
    return 'Why do programmers mix up Halloween and Christmas? Because oct 31 is dec 25.';
  const subject = searchQuery(text);
  return [
    `# ${subject.charAt(0).toUpperCase()}${subject.slice(1)}`,
    `This is an outline on ${subject}, made from a template. ${whoAnswers}`,
    `1. Background: what ${subject} is and why it matters now.\n2. Main points: the facts, the people and the figures behind it.\n3. Outlook: open questions and what to watch.`,
  ].join('\n\n');
}
