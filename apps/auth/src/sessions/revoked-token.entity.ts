import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An access token that was revoked before it expired, by its `jti`. */
@Entity({ schema: 'auth', name: 'revoked_tokens' })
export class RevokedTokenEntity {
  @PrimaryColumn({ name: 'token_id', type: 'text' })
  tokenId!: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
