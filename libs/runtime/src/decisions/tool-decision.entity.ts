import type { Decision, DialectName } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A decision about a proposed call: its user and time, the proposed arguments and those to run. Written in the transaction of the decision. */
@Entity('tool_decisions')
export class ToolDecisionRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'response_id' })
  responseId!: string;

  /** The owner of the response. */
  @Column('text', { name: 'user_id' })
  userId!: string;

  /** The user that decided; null: the owner. */
  @Column('text', { name: 'decided_by', nullable: true })
  decidedBy!: string | null;

  /** Of the response; null in decisions of earlier releases, as the two columns below. */
  @Column('text', { name: 'tenant_id', nullable: true })
  tenantId!: string | null;

  @Column('text', { nullable: true })
  dialect!: DialectName | null;

  @Column('text', { name: 'conversation_id', nullable: true })
  conversationId!: string | null;

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
