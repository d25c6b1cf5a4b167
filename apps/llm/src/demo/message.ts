import { type Item, textOf } from '@antiphon/contracts';

/** The user's last message, and what the demo looks at beside it: earlier messages, those of the system, and the outcomes of tool calls since. */
export type UserMessage = ReturnType<typeof readMessage>;

export function readMessage(instructions: string | null, items: readonly Item[]) {
  const messages = items.filter((item) => item.type === 'message');
  const textsOf = (...roles: string[]) =>
    messages.flatMap(({ role, content }) => (roles.includes(role) ? [textOf(content).trim()] : []));
  const lastUser = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const [text = '', ...earlierTexts] = textsOf('user').toReversed();
  return {
    text,
    earlierTexts,
    instructions: [instructions ?? '', ...textsOf('system', 'developer')].join('\n'),
    outcomes: outcomesOf(items.slice(lastUser + 1)),
  };
}

function outcomesOf(items: readonly Item[]) {
  const calls = items.filter((item) => item.type === 'function_call');
  const outputs = items.filter((item) => item.type === 'function_call_output');
  return outputs.map(({ callId, output }) => {
    const call = calls.find((candidate) => candidate.callId === callId);
    const { name = 'a tool', arguments: args = '{}', error = null } = call ?? {};
    return { name, args, output: textOf(output), hasFailed: error !== null };
  });
}

/** Where one question or task ends and the next begins: "…, and what", "…? How", "…. Calculate". */
const seam =
  /(?<=[?;])\s+(?:and\s+)?|(?:(?<=[.!])|[,;]?\s+(?:and|also|plus)|,)\s+(?=(?:what|who|when|where|which|how|why|is|are|does|do|can|calculate|compute|convert|tell me|give me|show me|look up|search|find)\b)/i;

/** The questions and tasks of a text. */
export function partsOf(text: string): string[] {
  return text.split(seam).filter((part) => part.trim() !== '');
}

export const smallTalk =
  /^(?:|(?:hi|hello|hey|good (?:morning|afternoon|evening)|thanks|thank you|bye|goodbye|ok|okay|how are you|who are you|what can you do)\b.{0,40})$/is;
export const writing = /^(?:please\s+)?(?:write|compose|draft|create|generate|translate|rewrite)\b/i;
export const pageReading =
  /\bscrap(?:e|ing)\b|\bcrawl|\b(?:read|open|visit|fetch)\b[^.!?\n]{0,40}\b(?:pages?|results?|articles?|links?|sites?)\b/i;
const fresh =
  /\b(?:latest|recent|current|today|tomorrow|this (?:week|month|year)|news|weather|prices?|trends?)\b/i;
const lookingUp =
  /\b(?:search|google|look up|find|research|analy[sz]e|compare|explain|describe|tell me about|summari[sz]e)\b|^(?:who|what|when|where|which|why|how|is|are|does|do)\b|\?\s*$/i;

/** Whether a search may answer the text. */
export function wantsLookUp(text: string): boolean {
  return fresh.test(text) || (!writing.test(text) && lookingUp.test(text));
}

/** The text that the user asks to have repeated. */
export function echoOf(text: string): string | undefined {
  const asked =
    /^(?:please\s+)?(?:say|repeat|echo|(?:reply|respond|answer) with)\s+(?:(?:exactly|only|just)\b:?\s*)?/i;
  return asked.test(text) ? text.replace(asked, '').replace(/^["“](.+)["”][.!]?$/s, '$1') : undefined;
}

/** The calculation in a text, as a calculator reads it: "12.5 % of 840" is `12.5% * 840`. A date is none. */
export function expressionIn(text: string): string | undefined {
  if (/\d{4}-\d{2}/.test(text)) return undefined;
  const plain = text.replace(/(\d)\s*(?:%|percent)\s+of\s+(?=\d)/gi, '$1% * ');
  const found = /[-+]?\(*\d[\d.]*%?(?:\s*[-+*/^()x×÷]\s*[-+(]?[\d.()]+%?)+/.exec(plain)?.[0];
  return found?.replace(/\.$/, '').replaceAll(/[x×]/g, '*').replaceAll('÷', '/');
}
