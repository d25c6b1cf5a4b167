import type { PromptContent } from './content/prompt-content.ts';
import type { TemplateVariable } from './templates/template-variables.ts';

const promptId = /^\w[\w.-]{0,63}$/;

/** Whether a text can name a prompt: the caller's own name for it, or one of ours. Checked before it reaches a query. */
export function isPromptId(text: string): boolean {
  return promptId.test(text);
}

/** A prompt without what its versions hold. */
export interface Prompt {
  id: string;
  name: string;
  description: string | null;
  tags: string[];
  defaultVersion: number;
  latestVersion: number;
  /** Counts its changes. */
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

export type PromptLabels = Pick<Prompt, 'name' | 'description' | 'tags'>;

/** What a version holds once it was checked. */
export interface CheckedContent {
  content: PromptContent;
  /** Those that its templates read. */
  variables: TemplateVariable[];
}

export interface PromptVersion extends CheckedContent {
  version: number;
  /** What its author says about it. */
  note: string | null;
  createdAt: Date;
  archivedAt: Date | null;
}

/** What can be done to a prompt. */
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
