import { AppError, type Caller, newId } from '@antiphon/contracts';
import { SchemaThreads } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { PROMPTS_CONFIG, type PromptsConfig } from '../config.ts';
import { checkContent } from './content/check-content.ts';
import { type Difference, diffContents } from './content/diff-contents.ts';
import {
  changedContent,
  changesContent,
  type ContentChange,
  emptyContent,
} from './content/prompt-content.ts';
import { unknownPrompt } from './prompt-runs.ts';
import { type IfMatch, PromptChangesStore } from './prompt-changes.store.ts';
import { PromptStore } from './prompt.store.ts';
import type { Prompt, PromptLabels, PromptVersion } from './prompt.ts';
import { TemplateEngine } from './templates/template-engine.ts';

export interface NewPrompt {
  /** Null: the server makes an id. */
  id: string | null;
  labels: PromptLabels;
  content: ContentChange;
  note: string | null;
}

export interface PromptEdit {
  labels: Partial<PromptLabels>;
  content: ContentChange;
  note: string | null;
  /** Whether the new version becomes the default. */
  isDefault: boolean;
}

export interface PromptWithVersion {
  prompt: Prompt;
  version: PromptVersion;
}

/** Creates, reads and changes prompts. A prompt of another user is `not_found`. */
@Injectable()
export class PromptsService {
  constructor(
    private readonly store: PromptStore,
    private readonly changes: PromptChangesStore,
    private readonly engine: TemplateEngine,
    private readonly schemas: SchemaThreads,
    @Inject(PROMPTS_CONFIG) private readonly config: Pick<PromptsConfig, 'contentMax'>,
  ) {}

  async create(
    caller: Caller,
    { id, labels, content, note }: NewPrompt,
    gone: AbortSignal,
  ): Promise<PromptWithVersion> {
    const checked = await this.check(caller, content, gone);
    const made = id ?? newId('prompt');
    await this.changes.create(caller, {
      id: made,
      labels,
      version: { ...checked, note },
      action: 'created',
      details: {},
    });
    return this.read(caller, made);
  }

  /** A version of a prompt; the default one where `version` is null. Throws `not_found`. */
  async read(caller: Caller, id: string, version: number | null = null): Promise<PromptWithVersion> {
    const found = await this.store.findVersion(caller, id, version);
    if (!found) throw unknownPrompt(id, version);
    return found;
  }

  /** Checks a change of a content without storing it. Throws `invalid_request` for a content that cannot run. */
  check(caller: Caller, change: ContentChange, gone: AbortSignal, base = emptyContent) {
    const { engine, schemas, config } = this;
    const parts = { engine, schemas, contentMax: config.contentMax };
    return checkContent(caller, changedContent(base, change), parts, gone);
  }

  /**
   * Changes the labels, and makes a new version where the content changes; the change is applied to the latest version. Throws `conflict` where
   * another request changed the prompt at the same time.
   */
  async edit(
    caller: Caller,
    id: string,
    { ifMatch, ...edit }: PromptEdit & { ifMatch: IfMatch },
    gone: AbortSignal,
  ): Promise<PromptWithVersion> {
    if (!changesContent(edit.content)) {
      const prompt = await this.changes.change(caller, id, ifMatch, () => ({
        action: 'updated',
        fields: edit.labels,
        details: edit.labels, // strings and lists of them
      }));
      if (!prompt) throw unknownPrompt(id);
      return this.read(caller, id);
    }
    const seen = await this.store.find(caller, id);
    const latest = await this.read(caller, id, seen?.latestVersion ?? null);
    const checked = await this.check(caller, edit.content, gone, latest.version.content);
    const prompt = await this.changes.change(caller, id, ifMatch, (locked) => {
      if (locked.latestVersion !== latest.version.version)
        throw new AppError('conflict', `The prompt ${id} has a newer version: read it again.`);
      return {
        action: 'version_added',
        fields: edit.labels,
        newVersion: { ...checked, note: edit.note, isDefault: edit.isDefault },
        details: { from_version: latest.version.version, set_default: edit.isDefault },
      };
    });
    if (!prompt) throw unknownPrompt(id);
    return this.read(caller, id, prompt.latestVersion);
  }

  /** A new prompt whose first version is a version of this one. */
  async copy(
    caller: Caller,
    id: string,
    { version, newId: wantedId, name }: { version: number | null; newId: string | null; name: string | null },
  ): Promise<PromptWithVersion> {
    const from = await this.read(caller, id, version);
    const { content, variables, note } = from.version;
    const { description, tags } = from.prompt;
    const made = wantedId ?? newId('prompt');
    await this.changes.create(caller, {
      id: made,
      labels: { name: name ?? `${from.prompt.name} (copy)`, description, tags },
      version: { content, variables, note },
      action: 'copied',
      details: { from_prompt: id, from_version: from.version.version },
    });
    return this.read(caller, made);
  }

  /** Makes a version the default, which runs where a request names none. Throws `invalid_request` for an archived version. */
  async setDefault(
    caller: Caller,
    id: string,
    version: number,
    ifMatch: IfMatch,
  ): Promise<PromptWithVersion> {
    const prompt = await this.changes.change(caller, id, ifMatch, async (locked, findVersion) => {
      const found = await findVersion(version);
      if (!found) throw unknownPrompt(id, version);
      if (found.archivedAt !== null)
        throw refusal(`Version ${version} is archived: it cannot be the default.`);
      return {
        action: 'default_set',
        fields: { defaultVersion: version },
        details: { from_version: locked.defaultVersion },
      };
    });
    if (!prompt) throw unknownPrompt(id);
    return this.read(caller, id);
  }

  /** Archives a version: it can be read but does not run. Throws `invalid_request` for the default version. */
  async archive(caller: Caller, id: string, version: number, ifMatch: IfMatch): Promise<PromptWithVersion> {
    const prompt = await this.changes.change(caller, id, ifMatch, async (locked, findVersion) => {
      const found = await findVersion(version);
      if (!found) throw unknownPrompt(id, version);
      if (version === locked.defaultVersion)
        throw refusal(`Version ${version} is the default: make another one the default first.`);
      if (found.archivedAt !== null) throw refusal(`Version ${version} is archived already.`);
      return { action: 'version_archived', archivedVersion: version };
    });
    if (!prompt) throw unknownPrompt(id);
    return this.read(caller, id, version);
  }

  async remove(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
    if (!(await this.changes.remove(caller, id, ifMatch))) throw unknownPrompt(id);
  }

  async diff(caller: Caller, id: string, from: number, to: number): Promise<Difference[]> {
    const [before, after] = await Promise.all([this.read(caller, id, from), this.read(caller, id, to)]);
    return diffContents(before.version.content, after.version.content);
  }
}

function refusal(message: string): AppError {
  return new AppError('invalid_request', message, { param: 'version' });
}
