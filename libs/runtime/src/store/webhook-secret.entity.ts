import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The secret that a user's webhooks are signed with, sealed. */
@Entity('webhook_secrets')
export class WebhookSecretRow {
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @Column('text', { name: 'sealed_secret' })
  sealedSecret!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
