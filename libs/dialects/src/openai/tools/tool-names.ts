import { type FunctionCallItem, qualifiedToolName } from '@antiphon/contracts';

type NamedCall = Pick<FunctionCallItem, 'name' | 'namespace'>;
/** A tool on the wire: its name, and the namespace that it has the name in. */
interface WireName {
  name: string;
  namespace?: string | null | undefined;
}

/** The name of a called tool as models know it, with its namespace. */
export function calledName({ name, namespace }: WireName): NamedCall {
  if (!namespace) return { name };
  return { name: qualifiedToolName(namespace, name), namespace: { name: namespace, toolName: name } };
}

/** The name of a tool as its caller declared it. */
export function shownName({ name, namespace }: NamedCall): { name: string; namespace?: string } {
  return namespace ? { name: namespace.toolName, namespace: namespace.name } : { name };
}

/**
 * The tool of a request that a choice names. A choice without a namespace may name a tool of a namespace, as the stock client's choices have no
 * such field.
 */
export function findNamed<Tool extends NamedCall>(
  tools: readonly Tool[],
  { name, namespace }: WireName,
): Tool | undefined {
  const isNamed = (tool: Tool) => tool.namespace?.toolName === name;
  if (namespace) return tools.find((tool) => isNamed(tool) && tool.namespace?.name === namespace);
  return tools.find((tool) => tool.name === name) ?? tools.find(isNamed);
}
