import { createHash } from 'node:crypto';

/** The names that APIs of content blocks accept. */
const accepted = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * The names of tools at an API that accepts letters, digits, `_` and `-` only. A name with dots gets another one, which ends in a digest
 * so that `a.b` and `a_b` stay two tools; the answer is read back into the caller's names.
 */
export class ToolNames {
  private readonly own = new Map<string, string>();

  constructor(tools: readonly { name: string }[]) {
    for (const { name } of tools) this.own.set(acceptedName(name), name);
  }

  /** The caller's name of a tool that the model called. */
  ownName(name: string): string {
    return this.own.get(name) ?? name;
  }
}

/** The name of a tool at the API: the same for the same name. */
export function acceptedName(name: string): string {
  if (accepted.test(name)) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 55)}_${digest}`;
}
