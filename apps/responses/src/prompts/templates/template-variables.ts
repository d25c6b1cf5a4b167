import { childrenOf, isNode, nameOf, nodesIn, type TemplateNode } from './template-node.ts';

/** A variable that a template reads. Optional where the template handles its absence. */
export interface TemplateVariable {
  name: string;
  isOptional: boolean;
}

/** Names that are defined in every template. */
export const builtinNames: ReadonlySet<string> = new Set([
  'true',
  'True',
  'false',
  'False',
  'none',
  'None',
  'range',
  'namespace',
  'raise_exception',
]);

const presenceTests = new Set(['defined', 'undefined']);

/**
 * The variables that a template reads and does not set itself, in order. A variable is optional where it has a `default` filter or is
 * tested with `is defined`.
 */
export function variablesOf(program: TemplateNode): TemplateVariable[] {
  const found = new Map<string, boolean>();

  const read = (name: string, isOptional: boolean, known: Set<string>) => {
    if (known.has(name) || builtinNames.has(name)) return;
    found.set(name, isOptional || (found.get(name) ?? false));
  };
  const visitAll = (value: unknown, known: Set<string>) => {
    for (const node of nodesIn(value)) visit(node, known);
  };
  /** The scope of a macro or call block. Its parameters are defined; their defaults are evaluated outside. */
  const visitBody = (parameters: unknown, body: unknown, known: Set<string>) => {
    const inner = new Set([...known, 'caller', 'varargs', 'kwargs']);
    for (const parameter of nodesIn(parameters)) {
      if (parameter.type === 'KeywordArgumentExpression') visit(parameter, known);
      const name = nameOf(parameter.type === 'KeywordArgumentExpression' ? parameter.key : parameter);
      if (name !== null) inner.add(name);
    }
    visitAll(body, inner);
  };

  const visit = (node: TemplateNode, known: Set<string>): void => {
    switch (node.type) {
      case 'Identifier':
        return read(String(node.value), false, known);
      case 'For': {
        const inner = new Set([...known, ...targetsOf(node.loopvar), 'loop']);
        const { iterable } = node;
        if (isNode(iterable) && iterable.type === 'SelectExpression') {
          visitAll(iterable.lhs, known);
          visitAll(iterable.test, inner);
        } else visitAll(iterable, known);
        visitAll(node.body, inner);
        return visitAll(node.defaultBlock, known);
      }
      case 'Set':
        visitAll(node.value, known);
        visitAll(node.body, known);
        if (isNode(node.assignee) && node.assignee.type === 'MemberExpression')
          return visit(node.assignee, known);
        for (const name of targetsOf(node.assignee)) known.add(name);
        return;
      case 'Macro':
        known.add(nameOf(node.name) ?? '');
        return visitBody(node.args, node.body, known);
      case 'CallStatement':
        visitAll(node.call, known);
        return visitBody(node.callerArgs, node.body, known);
      case 'MemberExpression':
        visitAll(node.object, known);
        return node.computed ? visitAll(node.property, known) : undefined;
      case 'KeywordArgumentExpression':
        return visitAll(node.value, known);
      case 'FilterExpression':
      case 'FilterStatement': {
        const name = nameOf(node.operand);
        const filter = nameOf(node.filter) ?? '';
        if (name !== null && isIdentifier(node.operand) && filter === 'default') read(name, true, known);
        else visitAll(node.operand ?? node.body, known);
        return isNode(node.filter) ? visitAll(node.filter.args, known) : undefined;
      }
      case 'TestExpression': {
        const name = nameOf(node.operand);
        if (name !== null && isIdentifier(node.operand) && presenceTests.has(nameOf(node.test) ?? ''))
          return read(name, true, known);
        return visitAll(node.operand, known);
      }
      default:
        for (const child of childrenOf(node)) visit(child, known);
    }
  };

  visit(program, new Set());
  return [...found].map(([name, isOptional]) => ({ name, isOptional }));
}

function isIdentifier(node: unknown): boolean {
  return isNode(node) && node.type === 'Identifier';
}

/** The names that a loop or a `set` gives values to. */
function targetsOf(target: unknown): string[] {
  if (!isNode(target)) return [];
  if (target.type === 'TupleLiteral') return nodesIn(target.value).flatMap(targetsOf);
  return target.type === 'Identifier' ? [String(target.value)] : [];
}
