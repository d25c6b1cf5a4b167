/** A node of a template's syntax tree, whose fields depend on its type; the parser's own types are not exported. */
export interface TemplateNode {
  type: string;
  [field: string]: unknown;
}

export function isNode(value: unknown): value is TemplateNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The nodes directly below a field's value: itself, the entries of a list, keys and values of an object literal. */
export function nodesIn(value: unknown): TemplateNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  if (value instanceof Map) return [...value].flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

/** Operators are tokens, not nodes, though their shape is similar. */
export function childrenOf(node: TemplateNode): TemplateNode[] {
  return Object.entries(node).flatMap(([field, value]) => (field === 'operator' ? [] : nodesIn(value)));
}

/** The name of an identifier, or of the callee of a call. */
export function nameOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Identifier') return String(node.value);
  return node.type === 'CallExpression' ? nameOf(node.callee) : null;
}
