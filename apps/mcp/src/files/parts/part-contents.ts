/** The names of the stores. Each part has the name of the store that holds its bytes. */
export type StoreName = 'database' | 's3';

/** A store of bytes by the ids of parts. */
export interface PartContents {
  readonly name: StoreName;
  /** Writes a part as its chunks arrive. A part that failed half-way is removed like any other. */
  write(partId: string, chunks: AsyncIterable<Buffer>): Promise<void>;
  /** The bytes of a part in order, read no faster than they are used. */
  read(partId: string): AsyncIterable<Buffer>;
  /** Removes the stored bytes of a part. A second removal does nothing. */
  remove(partId: string): Promise<void>;
  /** Closes its connections, if it has any of its own. */
  close?(): void;
}

/** Nest's token for the stores: new parts are written to the first one; parts in the others can be read and removed. */
export const PART_CONTENTS = Symbol('part contents');
