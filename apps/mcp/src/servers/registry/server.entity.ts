import { ApprovalPolicy } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OwnToolSettings, ServerTimeouts, ServerTransport } from './server.ts';

@Entity({ schema: 'mcp', name: 'servers' })
export class ServerEntity {
  /** The same for every version of a server. Sealed headers are bound to it. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Null: everyone's. */
  @Column({ name: 'owner_id', type: 'text', nullable: true })
  ownerId!: string | null;

  @Column({ type: 'text' })
  label!: string;

  @Column({ type: 'text' })
  url!: string;

  @Column({ type: 'text', nullable: true })
  transport!: ServerTransport | null;

  @Column({ name: 'header_names', type: 'text', array: true })
  headerNames!: string[];

  @Column({ name: 'headers_sealed', type: 'text', nullable: true })
  headersSealed!: string | null;

  @Column({ name: 'allowed_tools', type: 'text', array: true, nullable: true })
  allowedTools!: string[] | null;

  @Column({ type: 'text' })
  approval!: ApprovalPolicy;

  @Column({ type: 'jsonb' })
  timeouts!: Partial<ServerTimeouts>;

  @Column({ type: 'int', nullable: true })
  concurrency!: number | null;

  @Column({ type: 'jsonb' })
  tools!: Record<string, OwnToolSettings>;

  @Column({ name: 'is_enabled', type: 'boolean' })
  isEnabled!: boolean;

  @Column({ name: 'is_pinned', type: 'boolean' })
  isPinned!: boolean;

  @Column({ type: 'uuid' })
  revision!: string;

  @Column({ name: 'created_at', type: 'timestamptz', insert: false, update: false })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', insert: false })
  updatedAt!: Date;
}
