import { AppError } from '@antiphon/contracts';

export type Token =
  { type: 'number' | 'name' | 'sign'; text: string; at: number } | { type: 'end'; text: ''; at: number };

const pattern = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z][A-Za-z0-9]*)|(\*\*|[-+*/%^!(),]))/y;

/** How the same signs are written elsewhere. */
const spellings: Record<string, string> = { '×': '*', '·': '*', '÷': '/', '−': '-', π: 'pi' };

/** An expression in pieces. Throws `invalid_request` that shows what it cannot read. */
export function tokenize(expression: string): Token[] {
  const text = expression
    .replace(/[×·÷−π]/g, (sign) => spellings[sign] ?? sign)
    // With a space before it, since 0x10 is something else.
    .replace(/(?<=[\d)]\s+)x(?=\s*[\d.(])/gi, '*')
    .trimEnd();
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw unreadable(text, at);
    const [, number, name, sign] = match;
    if (number !== undefined) tokens.push({ type: 'number', text: number, at });
    else if (name !== undefined) tokens.push({ type: 'name', text: name.toLowerCase(), at });
    else tokens.push({ type: 'sign', text: sign === '**' ? '^' : (sign ?? ''), at });
  }
  tokens.push({ type: 'end', text: '', at: text.length });
  return tokens;
}

const shownMax = 20;

function unreadable(text: string, at: number): AppError {
  const rest = text.slice(at).trim();
  return new AppError(
    'invalid_request',
    `cannot read ${JSON.stringify(rest.slice(0, shownMax))} in the expression`,
    {
      param: 'expression',
    },
  );
}
