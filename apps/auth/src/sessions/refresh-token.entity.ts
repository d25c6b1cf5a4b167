import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A refresh token, by its hash. A used token has the hash of its successor. */
@Entity({ schema: 'auth', name: 'refresh_tokens' })
export class RefreshTokenEntity {
  @PrimaryColumn({ type: 'bytea' })
  hash!: Buffer;

  @Column({ name: 'session_id', type: 'text' })
  sessionId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', insert: false, update: false })
  createdAt!: Date;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  @Column({ name: 'successor_hash', type: 'bytea', nullable: true })
  successorHash!: Buffer | null;

  /** The successor, sealed with a key that is derived from the token itself. */
  @Column({ name: 'successor_sealed', type: 'text', nullable: true })
  successorSealed!: string | null;
}
