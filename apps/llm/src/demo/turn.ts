import { type Item, textOf } from '@antiphon/contracts';

/** A tool that was called since the user spoke last, and what it said. */
export interface ToolOutcome {
  name: string;
  arguments: string;
  output: string;
  hasFailed: boolean;
}

/** What the planner looks at. */
export interface Turn {
  /** The user's last message. */
  text: string;
  /** What the user said before. */
  earlierTexts: string[];
  /** What the system said, at any time. */
  instructions: string;
  outcomes: ToolOutcome[];
}

export function readTurn(instructions: string | null, items: readonly Item[]): Turn {
  const lastUser = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const textAt = (item: Item | undefined) => (item?.type === 'message' ? textOf(item.content).trim() : '');
  const messages = items.filter((item) => item.type === 'message');
  return {
    text: textAt(items[lastUser]),
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
