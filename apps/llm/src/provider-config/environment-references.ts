import type { FileProblem } from '@antiphon/service-kit';

export interface Filled {
  content: unknown;
  /** The variables that the content refers to. */
  variables: ReadonlySet<string>;
}

/** Replaces `${NAME}` in all texts of a file's content by that variable. An empty variable counts as unset, and an unset one is reported. */
export function fillReferences(
  content: unknown,
  env: NodeJS.ProcessEnv,
  report: (problem: FileProblem) => void,
): Filled {
  const variables = new Set<string>();
  const fill = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$\{(\w+)\}/g, (_reference, name: string) => {
        variables.add(name);
        const text = env[name];
        if (!text) report({ path, complaint: `the variable ${name} must be set` });
        return text ?? '';
      });
    if (Array.isArray(value)) return value.map((entry, index) => fill(entry, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, fill(entry, [...path, name])]),
    );
  };
  return { content: fill(content, []), variables };
}
