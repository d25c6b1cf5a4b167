import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A webhook that is due, was delivered or is dead. Made in the transaction that ends its response; its id is the same for every attempt. */
@Entity('webhook_deliveries')
export class DeliveryRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'response_id' })
  responseId!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  url!: string;

  @Column('integer')
  attempt!: number;

  /** When it is due, or due again if the attempt under way does not come back. */
  @Column('timestamptz', { name: 'next_at' })
  nextAt!: Date;

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
