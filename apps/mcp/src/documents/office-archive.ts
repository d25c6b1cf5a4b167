import { strFromU8, unzipSync, zipSync } from 'fflate';

/** The archive unpacks to more than is allowed. */
export class ArchiveTooLarge extends Error {
  override readonly name = 'ArchiveTooLarge';
}

/** The entries of an Office document, unpacked: a ZIP archive of XML files. */
export class OfficeArchive {
  private readonly entries: Readonly<Record<string, Uint8Array>>;

  private constructor(entries: Readonly<Record<string, Uint8Array>>) {
    this.entries = entries;
  }

  /**
   * Unpacks the XML entries. An entry is unpacked into a buffer of the size that the archive states, so the sum of these sizes bounds the
   * memory, whatever the archive contains. Throws ArchiveTooLarge, and other errors for a broken archive.
   */
  static open(bytes: Uint8Array, bytesMax: number): OfficeArchive {
    let sum = 0;
    const entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!/\.(?:xml|rels)$/i.test(name)) return false;
        sum += originalSize;
        if (sum > bytesMax) throw new ArchiveTooLarge();
        return true;
      },
    });
    return new OfficeArchive(entries);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.entries, name);
  }

  /** The text of an entry; empty where there is none. */
  text(name: string): string {
    const entry = this.has(name) ? this.entries[name] : undefined;
    return entry === undefined ? '' : strFromU8(entry);
  }

  /** The same entries as an archive without compression, for readers that unpack without bounds. */
  repack(): Uint8Array {
    return zipSync({ ...this.entries }, { level: 0 });
  }
}
