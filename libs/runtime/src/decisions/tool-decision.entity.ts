import type { Decision } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A decision about a proposed call: its user and time, the proposed arguments and those to run. Written in the transaction of the decision. */
@Entity('tool_decisions')
export class ToolDecisionRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'response_id' })
  responseId!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text', { name: 'call_id' })
  callId!: string;

  /** The id of the call's item in the paused response; null in decisions of earlier releases, and for outputs that the caller sent. */
  @Column('text', { name: 'item_id', nullable: true })
  itemId!: string | null;

  @Column('text', { name: 'tool_name' })
  toolName!: string;

  @Column('text')
  action!: Decision['action'];

  @Column('text', { name: 'proposed_arguments' })
  proposedArguments!: string;

  /** Null where the decision does not run the tool. */
  @Column('text', { name: 'run_arguments', nullable: true })
  runArguments!: string | null;

  /** The reason or the feedback. */
  @Column('text', { nullable: true })
  message!: string | null;

  @Column('timestamptz', { name: 'decided_at' })
  decidedAt!: Date;
}
