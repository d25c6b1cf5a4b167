import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './file.entity.ts';

export type UploadStatus = 'pending' | 'completed' | 'cancelled' | 'expired';

/** A file that arrives in parts. */
@Entity({ schema: 'mcp', name: 'uploads' })
export class UploadEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ name: 'user_id', type: 'text' })
  userId!: string;

  @Column({ type: 'text' })
  filename!: string;

  @Column({ type: 'text' })
  purpose!: string;

  @Column({ name: 'mime_type', type: 'text' })
  mimeType!: string;

  /** The size that the file is to have. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  bytes!: number;

  /** The lifetime of the file. Null: kept until it is deleted. */
  @Column({ name: 'expires_after_seconds', type: 'integer', nullable: true })
  expiresAfterSeconds!: number | null;

  @Column({ type: 'text' })
  status!: UploadStatus;

  /** The file that it became. */
  @Column({ name: 'file_id', type: 'text', nullable: true })
  fileId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
