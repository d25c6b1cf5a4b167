import type { CallerKind } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A prompt: its name and its active version, which runs where a request names none. Callers may choose ids, so they are unique for each user only. */
@Entity('prompts')
export class PromptRow {
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { array: true })
  tags!: string[];

  @Column('integer', { name: 'default_version' })
  defaultVersion!: number;

  @Column('integer', { name: 'latest_version' })
  latestVersion!: number;

  /** Counts the changes, so that a client can change exactly the revision that it has seen. */
  @Column('integer')
  revision!: number;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', insert: false })
  updatedAt!: Date;
}

/** One version of a prompt. Its content never changes. */
@Entity('prompt_versions')
export class PromptVersionRow {
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text', { name: 'prompt_id' })
  promptId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('json')
  content!: Record<string, unknown>;

  /** The variables that its templates read. */
  @Column('jsonb')
  variables!: { name: string; isOptional: boolean }[];

  @Column('text', { nullable: true })
  note!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt!: Date | null;
}

/** The record of a change to a prompt. */
@Entity('prompt_audit')
export class PromptAuditRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text', { name: 'prompt_id' })
  promptId!: string;

  @Column('text')
  action!: string;

  @Column('integer', { nullable: true })
  version!: number | null;

  @Column('jsonb')
  details!: Record<string, unknown>;

  @Column('text', { name: 'actor_id' })
  actorId!: string;

  @Column('text', { name: 'actor_kind' })
  actorKind!: CallerKind;

  @Column({ type: 'timestamptz', insert: false, update: false })
  at!: Date;
}
