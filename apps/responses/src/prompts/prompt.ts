import type { PromptContent } from './content/prompt-content.ts';
import type { TemplateVariable } from './templates/template-variables.ts';

const promptId = /^\w[\w.-]{0,63}$/;

/** Whether a text has the form of a prompt's id, chosen by the caller or made here. Checked before the text reaches a query. */
export function isPromptId(text: string): boolean {
  return promptId.test(text);
}

/** A prompt without its versions. */
export interface Prompt {
  id: string;
  name: string;
  description: string | null;
  tags: string[];
  defaultVersion: number;
  latestVersion: number;
  /** The number of its changes; its ETag. */
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

export type PromptLabels = Pick<Prompt, 'name' | 'description' | 'tags'>;

/** The checked content of a version. */
export interface CheckedContent {
  content: PromptContent;
  /** The variables that its templates read. */
  variables: TemplateVariable[];
}

export interface PromptVersion extends CheckedContent {
  version: number;
  /** The author's remark. */
  note: string | null;
  createdAt: Date;
  archivedAt: Date | null;
}

/** A change of a prompt, as the audit trail names it. */
export type PromptAction =
  'created' | 'copied' | 'updated' | 'version_added' | 'default_set' | 'version_archived' | 'deleted';

/** One entry of a prompt's audit trail. */
export interface PromptChange {
  id: string;
  action: PromptAction;
  version: number | null;
  details: Record<string, unknown>;
  actorId: string;
  actorKind: string;
  at: Date;
}
