import { parse, type Token, tokenize } from './jinja.ts';
import { childrenOf, isNode, nameOf, nodesIn, type TemplateNode } from './template-node.ts';
import { type Place, placeOf, tagsOf } from './template-tags.ts';

/** The whitespace rules of prompts: a line with only a block leaves no empty line. */
const whitespace = { trim_blocks: true, lstrip_blocks: true };
/** Blocks within blocks. */
const depthMax = 10;

/** A fault of a template, with the faulty tag where it is known. */
export class TemplateError extends Error {
  readonly place: Place | null;

  constructor(message: string, place: Place | null = null) {
    super(message);
    this.place = place;
  }
}

/** Parses a template. Throws `TemplateError` for one that no variables make renderable. */
export function parseTemplate(source: string): TemplateNode {
  let tokens: Token[];
  try {
    tokens = tokenize(source, whitespace);
  } catch (error) {
    throw new TemplateError(messageOf(error), lexicalPlace(source));
  }
  const program = parseTokens(source, tokens);
  checkDepth(program, 0);
  checkNames(source, program);
  return program;
}

function parseTokens(source: string, tokens: Token[]): TemplateNode {
  try {
    return parse(tokens);
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError('an expression is nested too deeply');
    const index = furthestRead(tokens);
    const open = index >= tokens.length ? unclosedBlock(tokens) : null;
    if (open)
      throw new TemplateError(`{% ${open.name} %} is never closed`, tagPlace(source, tokens, open.index));
    throw new TemplateError(messageOf(error), tagPlace(source, tokens, index));
  }
}

/** The token at which the parser failed. The parser does not report it, so a second parse records the tokens it reads. */
function furthestRead(tokens: readonly Token[]): number {
  let furthest = 0;
  const watched = new Proxy([...tokens], {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) furthest = Math.max(furthest, Number(key));
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  try {
    parse(watched);
  } catch {
    // The second parse fails at the same token.
  }
  return furthest;
}

const blockNames = new Set(['if', 'for', 'macro', 'call', 'filter']);

function unclosedBlock(tokens: readonly Token[]): { name: string; index: number } | null {
  const open: { name: string; index: number }[] = [];
  for (const [index, token] of tokens.entries()) {
    const name = token.type === 'OpenStatement' ? (tokens[index + 1]?.value ?? '') : '';
    if (blockNames.has(name)) open.push({ name, index });
    else if (name === `end${open.at(-1)?.name}`) open.pop();
  }
  return open.at(-1) ?? null;
}

/** The place of the tag that a token is in. */
function tagPlace(source: string, tokens: readonly Token[], index: number): Place | null {
  const opens = tokens
    .slice(0, index + 1)
    .filter(({ type }) => /^Open(Statement|Expression)$|^Comment$/.test(type));
  const tag = tagsOf(source)[opens.length - 1];
  return tag ? placeOf(source, tag.start) : null;
}

/** The first tag that is not closed or cannot be parsed on its own. */
function lexicalPlace(source: string): Place | null {
  for (const { start, end, isClosed } of tagsOf(source)) {
    if (!isClosed || !isReadable(source.slice(start, end))) return placeOf(source, start);
  }
  return null;
}

function isReadable(tag: string): boolean {
  try {
    tokenize(tag, whitespace);
    return true;
  } catch {
    return false;
  }
}

const nestingTypes = new Set(['For', 'If', 'Macro', 'CallStatement', 'FilterStatement']);

function checkDepth(node: TemplateNode, depth: number): void {
  const inner = nestingTypes.has(node.type) ? depth + 1 : depth;
  if (inner > depthMax) throw new TemplateError(`blocks are nested more than ${depthMax} deep`);
  for (const field of ['body', 'defaultBlock'])
    for (const child of nodesIn(node[field])) checkDepth(child, inner);
  // The tree nests an `elif` in the `else` before it; for the author it is not deeper.
  const alternate = nodesIn(node.alternate);
  const isElif = alternate.length === 1 && alternate[0]?.type === 'If';
  for (const child of alternate) checkDepth(child, isElif ? depth : inner);
}

/** The filters that the interpreter has for any type of value. */
const filterNames = new Set(
  (
    'abs bool capitalize default dictsort first float get indent int items join keys last length list lower map rejectattr ' +
    'replace reverse safe selectattr sort string title tojson trim unique upper values'
  ).split(' '),
);
const testNames = new Set(
  (
    'boolean callable odd even false true none string number integer iterable mapping sequence lower upper defined undefined ' +
    'equalto eq'
  ).split(' '),
);

function checkNames(source: string, node: TemplateNode): void {
  if ('filter' in node)
    checkName(source, {
      kind: 'filter',
      name: nameOf(node.filter),
      before: '\\||filter',
      known: filterNames,
    });
  if (node.type === 'TestExpression' && isNode(node.test))
    checkName(source, { kind: 'test', name: nameOf(node.test), before: 'is|not', known: testNames });
  for (const child of childrenOf(node)) checkNames(source, child);
}

function checkName(
  source: string,
  use: { kind: string; name: string | null; before: string; known: ReadonlySet<string> },
): void {
  const { kind, name, before, known } = use;
  if (name === null || known.has(name)) return;
  const pattern = new RegExp(`(?:${before})\\s*${name}\\b`);
  const tag = tagsOf(source).find(({ start, end }) => pattern.test(source.slice(start, end)));
  throw new TemplateError(`there is no ${kind} named "${name}"`, tag ? placeOf(source, tag.start) : null);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'it cannot be read';
  return text.replace(/^Parser Error: /, '').slice(0, 200);
}
