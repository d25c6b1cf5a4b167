import type { JsonObject } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A conversation. Callers may choose ids, so they are unique for each user only. */
@Entity('conversations')
export class ConversationRow {
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('jsonb')
  metadata!: JsonObject;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
