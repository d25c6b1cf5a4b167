import type { Response, ResponseStatus } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The parts of a response that have no column of their own. */
export interface ResponseBody extends Omit<Response, 'id' | 'status' | 'startedAt'> {
  /** The JSON text of an `OrderedPart`; left out where no order has to be kept. */
  ordered?: string;
}

/** Objects of the caller whose fields have an order, which jsonb does not keep: models write an answer in the order of its schema. */
export type OrderedPart = Pick<Response, 'clientTools' | 'metadata'> &
  Pick<Response['settings'], 'textFormat'>;

/** A stored response: columns for queries and guards, `body` for the rest. The lease columns say which process runs it. */
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

  /** After it the run fails, although its lease may be held. */
  @Column('timestamptz', { name: 'deadline_at', nullable: true })
  deadlineAt!: Date | null;

  @Column('integer')
  attempt!: number;

  /** How often the run was postponed because a part of the system was unavailable. */
  @Column('integer')
  postponed!: number;

  @Column('text', { name: 'lease_owner', nullable: true })
  leaseOwner!: string | null;

  /** Grows with each holder. A write under an older epoch changes nothing. */
  @Column('integer', { name: 'lease_epoch' })
  leaseEpoch!: number;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;
}
