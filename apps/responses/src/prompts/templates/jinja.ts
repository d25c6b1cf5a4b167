import * as library from '@huggingface/jinja';
import type { TemplateNode } from './template-node.ts';

/* The parts of the Jinja interpreter that are used, with their types: its own name files in a way that Node's resolution does not find. */

export interface Token {
  type: string;
  value: string;
}

interface Scope {
  /** Throws for a name that this scope has already. */
  set(name: string, value: unknown): void;
}

interface Jinja {
  tokenize: (source: string, options: { trim_blocks: boolean; lstrip_blocks: boolean }) => Token[];
  parse: (tokens: readonly Token[]) => TemplateNode;
  Environment: new (parent?: Scope) => Scope;
  Interpreter: new (scope: Scope) => { run(program: TemplateNode): { value: unknown } };
}

export type Environment = Scope;
export const { tokenize, parse, Environment, Interpreter } = library as unknown as Jinja; // its documentation has these types
