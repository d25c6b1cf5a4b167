import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A webhook that is due, was delivered or is dead. Made in the transaction that ends its response; its id is the same for every attempt. */
@Entity('webhook_deliveries')
export class DeliveryRow {
  @PrimaryColumn('text')
  id!: string;

  /** The event that it tells of, the same for all deliveries of one end. */
  @Column('text', { name: 'event_id', nullable: true })
  eventId!: string | null;

  @Column('text', { name: 'event_type', nullable: true })
  eventType!: string | null;

  @Column('text', { name: 'response_id' })
  responseId!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  /** Null where the response's request named the URL. */
  @Column('text', { name: 'endpoint_id', nullable: true })
  endpointId!: string | null;

  @Column('text')
  url!: string;

  /** Of the URL, with its port. */
  @Column('text')
  host!: string;

  /** Attempts since it was made, or since its caller asked for it again. */
  @Column('integer')
  attempt!: number;

  @Column('timestamptz', { name: 'next_at' })
  nextAt!: Date;

  /** Set while it is attempted; if the attempt does not come back by then, it is due again. */
  @Column('timestamptz', { name: 'claimed_until', nullable: true })
  claimedUntil!: Date | null;

  @Column('timestamptz', { name: 'delivered_at', nullable: true })
  deliveredAt!: Date | null;

  /** Given up. */
  @Column('timestamptz', { name: 'dead_at', nullable: true })
  deadAt!: Date | null;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus!: number | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
