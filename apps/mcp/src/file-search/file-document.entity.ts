import type { JsonObject } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A document of a user's search index. Its text is stored in its chunks only. */
@Entity({ schema: 'mcp', name: 'file_documents' })
export class FileDocumentEntity {
  @PrimaryColumn({ name: 'user_id', type: 'text' })
  userId!: string;

  /** The name that the owner gave it. */
  @PrimaryColumn({ name: 'document_id', type: 'text' })
  documentId!: string;

  @Column({ type: 'jsonb' })
  metadata!: JsonObject;

  @Column({ type: 'text', array: true })
  tags!: string[];

  @Column({ name: 'chunk_count', type: 'integer' })
  chunkCount!: number;

  /** The model of its chunks' vectors; null without vectors. Only vectors of one model can be compared. */
  @Column({ name: 'embedding_model', type: 'text', nullable: true })
  embeddingModel!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', insert: false, update: false })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', insert: false, update: false })
  updatedAt!: Date;
}
