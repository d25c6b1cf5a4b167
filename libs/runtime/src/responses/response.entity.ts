import type { Response, ResponseStatus } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What of a response is not a column of its own. */
export interface ResponseBody extends Omit<Response, 'id' | 'status' | 'startedAt'> {
  /** The JSON text of an `OrderedPart`; left out where there is nothing whose order is to be kept. */
  ordered?: string;
}

/** What the caller wrote as objects whose fields have an order: jsonb keeps none, and models write an answer in that of its schema. */
export type OrderedPart = Pick<Response, 'clientTools' | 'metadata'> &
  Pick<Response['settings'], 'textFormat'>;

/** A stored response: columns for what is asked for and guarded, `body` for the rest. Lease columns say who runs it. */
@Entity('responses')
export class ResponseRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  status!: ResponseStatus;

  @Column('boolean')
  background!: boolean;

  @Column('text', { name: 'conversation_id', nullable: true })
  conversationId!: string | null;

  @Column('text', { name: 'previous_response_id', nullable: true })
  previousResponseId!: string | null;

  @Column('jsonb')
  body!: ResponseBody;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  /** Past it the run has failed, whoever holds it. */
  @Column('timestamptz', { name: 'deadline_at', nullable: true })
  deadlineAt!: Date | null;

  @Column('integer')
  attempt!: number;

  /** How often it could not reach a part of the system, and waited. */
  @Column('integer')
  postponed!: number;

  @Column('text', { name: 'lease_owner', nullable: true })
  leaseOwner!: string | null;

  /** Counts the holders; a write under an older epoch changes nothing. */
  @Column('integer', { name: 'lease_epoch' })
  leaseEpoch!: number;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;
}
