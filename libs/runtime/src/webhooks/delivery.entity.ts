import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A webhook delivery: due, delivered or given up. Created in the transaction that ends its response; its id is the same for every attempt. */
@Entity('webhook_deliveries')
export class DeliveryRow {
  @PrimaryColumn('text')
  id!: string;

  /** The id of the event, the same for all deliveries of one response. */
  @Column('text', { name: 'event_id', nullable: true })
  eventId!: string | null;

  @Column('text', { name: 'event_type', nullable: true })
  eventType!: string | null;

  @Column('text', { name: 'response_id' })
  responseId!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  /** Null where the URL came with the request of the response. */
  @Column('text', { name: 'endpoint_id', nullable: true })
  endpointId!: string | null;

  @Column('text')
  url!: string;

  /** The host of the URL, with its port. */
  @Column('text')
  host!: string;

  /** Attempts since the delivery was created, or since its caller repeated it. */
  @Column('integer')
  attempt!: number;

  @Column('timestamptz', { name: 'next_at' })
  nextAt!: Date;

  /** Set during an attempt. After this time the delivery is due again. */
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
