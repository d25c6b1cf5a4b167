import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { User, UserKind } from './user.ts';

@Entity({ schema: 'auth', name: 'users' })
export class UserEntity implements User {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  username!: string;

  @Column({ type: 'text' })
  kind!: UserKind;

  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ name: 'email_verified_at', type: 'timestamptz', nullable: true })
  emailVerifiedAt!: Date | null;

  @Column({ name: 'full_name', type: 'text', nullable: true })
  fullName!: string | null;

  @Column({ type: 'text', array: true, default: '{}' })
  scopes!: string[];

  @Column({ name: 'tenant_id', type: 'text', nullable: true })
  tenantId!: string | null;

  /** Access tokens from before this moment state rights that the account has lost, and are refused. */
  @Column({ name: 'rights_reduced_at', type: 'timestamptz', nullable: true })
  rightsReducedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', insert: false, update: false })
  createdAt!: Date;

  /** The last login or refresh. It decides when an idle guest is removed. */
  @Column({ name: 'last_seen_at', type: 'timestamptz', insert: false, update: false })
  lastSeenAt!: Date;
}
