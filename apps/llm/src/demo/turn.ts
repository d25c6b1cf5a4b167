import { type Item, textOf } from '@antiphon/contracts';

/** A tool call after the user's last message, and its output. */
export interface ToolOutcome {
  name: string;
  arguments: string;
  output: string;
  hasFailed: boolean;
}

/** The part of a conversation that the planner looks at. */
export interface Turn {
  /** The user's last message. */
  text: string;
  /** The questions and tasks in it: one or more. */
  parts: string[];
  /** The user's earlier messages. */
  earlierTexts: string[];
  /** All messages of the system. */
  instructions: string;
  outcomes: ToolOutcome[];
}

export function readTurn(instructions: string | null, items: readonly Item[]): Turn {
  const lastUser = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const textAt = (item: Item | undefined) => (item?.type === 'message' ? textOf(item.content).trim() : '');
  const messages = items.filter((item) => item.type === 'message');
  const text = textAt(items[lastUser]);
  return {
    text,
    parts: partsOf(text),
    earlierTexts: items
      .slice(0, Math.max(0, lastUser))
      .filter((item) => item.type === 'message' && item.role === 'user')
      .map(textAt),
    instructions: [
      instructions ?? '',
      ...messages.filter((item) => item.role === 'system' || item.role === 'developer').map(textAt),
    ].join('\n'),
    outcomes: outcomesOf(items.slice(lastUser + 1)),
  };
}

/** Where one question or task ends and the next begins: "…, and what", "…? How", "…. Calculate". */
const seam =
  /(?<=[?;])\s+(?:and\s+)?|(?:(?<=[.!])|[,;]?\s+(?:and|also|plus)|,)\s+(?=(?:what|who|when|where|which|how|why|is|are|does|do|can|calculate|compute|convert|tell me|give me|show me|look up|search|find)\b)/i;

function partsOf(text: string): string[] {
  return text
    .split(seam)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function outcomesOf(items: readonly Item[]): ToolOutcome[] {
  return items.flatMap((item, position) => {
    if (item.type !== 'function_call_output') return [];
    const call = items
      .slice(0, position)
      .findLast((candidate) => candidate.type === 'function_call' && candidate.callId === item.callId);
    return [
      {
        name: call?.type === 'function_call' ? call.name : 'a tool',
        arguments: call?.type === 'function_call' ? call.arguments : '{}',
        output: textOf(item.output),
        hasFailed: call?.type === 'function_call' && call.error !== null,
      },
    ];
  });
}
