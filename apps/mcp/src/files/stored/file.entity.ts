import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Reads the whole numbers of a bigint column, which pg returns as text. */
export const wholeNumber = { to: (value: number) => value, from: Number };

/** A file of a caller. Its bytes are in parts. */
@Entity({ schema: 'mcp', name: 'files' })
export class FileEntity {
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

  @Column({ type: 'bigint', transformer: wholeNumber })
  bytes!: number;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Null: kept until it is deleted. */
  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;
}
