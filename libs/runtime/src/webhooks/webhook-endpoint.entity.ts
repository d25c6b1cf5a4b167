import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why an endpoint is disabled: by its caller, after a 410, or after failures only for too long. */
export type DisabledReason = 'by_caller' | 'gone' | 'failing';

/** A URL that receives webhooks of its user's background responses. Its secret is sealed. */
@Entity('webhook_endpoints')
export class WebhookEndpointRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text')
  url!: string;

  @Column('text', { name: 'event_types', array: true })
  eventTypes!: string[];

  /** Set while the endpoint is disabled, together with the reason. */
  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: DisabledReason | null;

  /** The time since which every attempt failed. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column('text', { name: 'sealed_secret' })
  sealedSecret!: string;

  @Column('text', { name: 'secret_hint' })
  secretHint!: string;

  @Column('text', { name: 'sealed_previous_secret', nullable: true })
  sealedPreviousSecret!: string | null;

  @Column('timestamptz', { name: 'previous_secret_until', nullable: true })
  previousSecretUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
