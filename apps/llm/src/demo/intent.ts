import type { Turn } from './turn.ts';

/*
 * The intent of a text, by its words. A language model does this better; it only has to be right for the prompts that people try first.
 */

const writing =
  /^(?:please\s+)?(?:(?:can|could|would) you\s+(?:please\s+)?)?(?:write|compose|draft|create|generate|translate|rewrite|rephrase|brainstorm|make up|tell me an?\s)/i;
const fresh =
  /\b(?:latest|recent(?:ly)?|current(?:ly)?|today|tonight|tomorrow|this (?:week|month|year)|news|weather|forecast|prices?|stock|statistics|sources|cite|trends?|trending|20[2-9]\d)\b/i;
const lookingUp =
  /\b(?:search(?:es|ing)?|google|look(?:ing)? up|find|research|investigate|analy[sz]e|compare|browse|check|explain|describe|tell me about|overview|summari[sz]e)\b/i;
const question = /^(?:who|what|when|where|which|why|how|is|are|was|were|does|did|do|can)\b|\?\s*$/i;
const personal = /\b(?:i|me|my|mine|we|us|our|you|your)\b/i;
const smallTalk =
  /^(?:hi|hiya|hello|hey|good (?:morning|afternoon|evening|night)|thanks|thank you|bye|goodbye|ok|okay|how are you|who are you|what can you do)\b/i;
const readingPages =
  /\bscrap(?:e|es|ing)\b|\bcrawl|\b(?:read|open|visit|fetch)\b[^.!?\n]{0,40}\b(?:pages?|results?|articles?|links?|sites?|it)\b|\btop result\b/i;

export function isSmallTalk(text: string): boolean {
  return text === '' || (smallTalk.test(text) && text.length < 60 && !lookingUp.test(text));
}

export function isWriting(text: string): boolean {
  return writing.test(text);
}

/** Whether the answer has to be looked up: in the news, on the web. */
export function wantsLookUp(turn: Pick<Turn, 'text' | 'instructions'>): boolean {
  if (isSmallTalk(turn.text)) return false;
  if (fresh.test(turn.text)) return true;
  if (isWriting(turn.text)) return /\b(?:research|search)\b/i.test(turn.instructions);
  if (lookingUp.test(turn.text)) return true;
  return question.test(turn.text) && !personal.test(turn.text);
}

/** Whether the pages that a search finds are to be read as well. */
export function wantsPagesRead(turn: Turn): boolean {
  return readingPages.test(turn.text) || readingPages.test(turn.instructions);
}

/** How many pages: "scrape the top 3 results". One unless the text says more. */
export function pagesWanted(turn: Turn, max: number): number {
  const asked = /\b(?:top|first)\s+(\d{1,2})\s+(?:results?|pages?|articles?|links?|sites?)\b/i.exec(
    turn.text,
  )?.[1];
  return Math.min(max, Math.max(1, Number(asked ?? 1)));
}

/** The text that the user asks to have repeated; null where the user asks for something else. */
export function echoOf(text: string): string | null {
  const said =
    /^(?:please\s+)?(?:say|repeat|echo|(?:reply|respond|answer) with)\s*(?:(?:exactly|only|just|the words?|after me)\b[:,]?\s*)*:?\s*(.+)$/is.exec(
      text,
    )?.[1];
  if (said === undefined) return null;
  const quoted = /^["“'‘](.+)["”'’][.!]?$/s.exec(said.trim())?.[1];
  return quoted ?? said.trim();
}

/** The calculation in a text, as a calculator reads it: "12.5 % of 840" is `12.5% * 840`. Null where there is none; a date is none. */
export function expressionIn(text: string): string | null {
  if (/\d{4}-\d{2}/.test(text)) return null;
  const plain = text.replace(/(\d)\s*(?:%|percent)\s+of\s+(?=\d)/gi, '$1% * ');
  return (
    /[-+]?\(*\d[\d.]*%?(?:\s*[-+*/^()x×÷]\s*[-+(]?[\d.()]+%?)+/.exec(plain)?.[0].replace(/\.$/, '') ?? null
  );
}

/** The result of a calculation with two numbers; null for others. */
export function arithmeticOf(text: string): string | null {
  const pattern = /^(-?\d+(?:\.\d+)?)(%?)\s*([-+*×x/÷])\s*(-?\d+(?:\.\d+)?)$/;
  const [, left = '', percent = '', operator = '', right = ''] = pattern.exec(expressionIn(text) ?? '') ?? [];
  if (left === '' || (percent !== '' && operator !== '*')) return null;
  const a = Number(left) / (percent === '' ? 1 : 100);
  const b = Number(right);
  const value =
    operator === '+' ? a + b : operator === '-' ? a - b : '*×x'.includes(operator) ? a * b : a / b;
  return Number.isFinite(value)
    ? `${left}${percent} ${operator} ${right} = ${Number(value.toPrecision(12))}`
    : null;
}
