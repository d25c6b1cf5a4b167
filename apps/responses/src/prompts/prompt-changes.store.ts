import { AppError, type Caller, type JsonObject, newEvent, promptPublished } from '@antiphon/contracts';
import { PromptAuditRow, PromptRow, PromptVersionRow } from '@antiphon/runtime';
import { writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { PROMPTS_CONFIG, type PromptsConfig } from '../config.ts';
import { toVersion } from './prompt.store.ts';
import {
  type CheckedContent,
  isPromptId,
  type Prompt,
  type PromptAction,
  type PromptLabels,
  type PromptVersion,
} from './prompt.ts';

/** The revisions that a prompt may have for a change to apply; null: any. */
export type IfMatch = readonly number[] | null;

/** What a change writes to a locked prompt. */
export interface PromptUpdate {
  action: PromptAction;
  fields?: Partial<Pick<PromptRow, 'name' | 'description' | 'tags' | 'defaultVersion'>>;
  newVersion?: CheckedContent & { note: string | null; isDefault: boolean };
  archivedVersion?: number;
  details?: JsonObject;
}

/** Finds a version of the locked prompt. */
export type FindVersion = (version: number) => Promise<PromptVersion | null>;

/** PostgreSQL's code for a key that is there already. */
const uniqueViolation = '23505';

/** Changes prompts in PostgreSQL. Each change is one transaction with its entry in the audit trail. */
@Injectable()
export class PromptChangesStore {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(PROMPTS_CONFIG) private readonly bounds: Pick<PromptsConfig, 'promptsMax' | 'versionsMax'>,
  ) {}

  /** Stores a new prompt with its first version, which is the default. Throws `conflict` for an id that is taken, and for too many prompts. */
  async create(
    caller: Caller,
    {
      id,
      labels,
      version,
      action,
      details,
    }: {
      id: string;
      labels: PromptLabels;
      version: CheckedContent & { note: string | null };
      action: PromptAction;
      details: JsonObject;
    },
  ): Promise<void> {
    const { userId } = caller;
    await this.dataSource.transaction(async (db) => {
      const count = await db.countBy(PromptRow, { userId });
      if (count >= this.bounds.promptsMax)
        throw new AppError(
          'conflict',
          `There are ${count} prompts, the most that a user may have: delete one first.`,
        );
      try {
        await db.insert(PromptRow, {
          userId,
          id,
          ...labels,
          defaultVersion: 1,
          latestVersion: 1,
          revision: 1,
        });
      } catch (cause) {
        if (!isTaken(cause)) throw cause;
        throw new AppError('conflict', `There is a prompt ${id} already.`, { param: 'id', cause });
      }
      await insertVersion(db, caller, { id, version: 1, ...version });
      await audit(db, caller, { id, action, version: 1, details });
    });
  }

  /**
   * Locks a prompt and applies the update that `decide` returns for it. Null: the caller has no such prompt. Errors: `precondition_failed`
   * where its revision is not one of `ifMatch`, `conflict` for too many versions, and what `decide` throws.
   */
  async change(
    caller: Caller,
    id: string,
    ifMatch: IfMatch,
    decide: (prompt: Prompt, findVersion: FindVersion) => PromptUpdate | Promise<PromptUpdate>,
  ): Promise<Prompt | null> {
    const { userId } = caller;
    return this.dataSource.transaction(async (db) => {
      const prompt = await lock(db, caller, id, ifMatch);
      if (!prompt) return null;
      const { action, fields, newVersion, archivedVersion, details } = await decide(prompt, (version) =>
        findVersionIn(db, { userId, id, version }),
      );
      const latestVersion = prompt.latestVersion + (newVersion ? 1 : 0);
      if (newVersion) {
        if (latestVersion > this.bounds.versionsMax)
          throw new AppError(
            'conflict',
            `A prompt may have ${this.bounds.versionsMax} versions: copy the prompt to continue.`,
          );
        await insertVersion(db, caller, { id, version: latestVersion, ...newVersion });
      }
      if (archivedVersion !== undefined) {
        const key = { userId, promptId: id, version: archivedVersion };
        await db.update(PromptVersionRow, key, { archivedAt: () => 'clock_timestamp()' });
      }
      const changed = {
        ...fields,
        latestVersion,
        ...(newVersion?.isDefault && { defaultVersion: latestVersion }),
        revision: prompt.revision + 1,
      };
      await db.update(PromptRow, { userId, id }, { ...changed, updatedAt: () => 'clock_timestamp()' });
      const version = newVersion ? latestVersion : (archivedVersion ?? fields?.defaultVersion ?? null);
      await audit(db, caller, { id, action, version, details: details ?? {} });
      return db.findOneBy(PromptRow, { userId, id });
    });
  }

  /** Removes a prompt with its versions. False: the caller has no such prompt. Throws `precondition_failed`, as `change`. */
  async remove(caller: Caller, id: string, ifMatch: IfMatch): Promise<boolean> {
    return this.dataSource.transaction(async (db) => {
      const prompt = await lock(db, caller, id, ifMatch);
      if (!prompt) return false;
      await db.delete(PromptRow, { userId: caller.userId, id });
      const details = { name: prompt.name, versions: prompt.latestVersion };
      await audit(db, caller, { id, action: 'deleted', version: null, details });
      return true;
    });
  }
}

async function lock(
  db: EntityManager,
  caller: Caller,
  id: string,
  ifMatch: IfMatch,
): Promise<PromptRow | null> {
  if (!isPromptId(id)) return null;
  const prompt = await db.findOne(PromptRow, {
    where: { userId: caller.userId, id },
    lock: { mode: 'pessimistic_write' },
  });
  if (prompt && ifMatch && !ifMatch.includes(prompt.revision)) {
    throw new AppError(
      'precondition_failed',
      `The prompt ${id} has changed: its ETag is "${prompt.revision}". Read it again.`,
      { param: 'If-Match' },
    );
  }
  return prompt;
}

async function insertVersion(
  db: EntityManager,
  { userId, tenantId }: Caller,
  {
    id,
    version,
    content,
    variables,
    note,
  }: CheckedContent & { id: string; version: number; note: string | null },
): Promise<void> {
  const row = { userId, promptId: id, version, variables, note, archivedAt: null };
  // TypeORM's type of a row to insert recurses without end where the row holds JSON.
  await db.insert(PromptVersionRow, { ...row, content } as object);
  const published = { promptId: id, version: String(version), userId, tenantId };
  await writeEvents(db, 'responses', [newEvent(promptPublished, published)]);
}

async function audit(
  db: EntityManager,
  caller: Caller,
  { id, ...entry }: { id: string; action: PromptAction; version: number | null; details: JsonObject },
): Promise<void> {
  const { userId, kind } = caller;
  const row = { userId, promptId: id, ...entry, actorId: userId, actorKind: kind };
  await db.insert(PromptAuditRow, row as object);
}

async function findVersionIn(
  db: EntityManager,
  { userId, id, version }: { userId: string; id: string; version: number },
): Promise<PromptVersion | null> {
  const row = await db.findOneBy(PromptVersionRow, { userId, promptId: id, version });
  return row && toVersion(row);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation;
}
