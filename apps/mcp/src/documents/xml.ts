import { posix } from 'node:path';
import { Parser } from 'htmlparser2';
import type { OfficeArchive } from './office-archive.ts';

/** Reads XML in one pass. The parser knows no entities beside those of XML, so none of them grows. */
export function eachElement(
  xml: string,
  look: (name: string, attributes: Readonly<Record<string, string>>) => void,
): void {
  new Parser({ onopentag: look }, { xmlMode: true }).end(xml);
}

export interface Relation {
  type: string;
  /** The path of the part in the archive. */
  target: string;
}

/** The relations of a part of an Office document, by their ids. */
export function relationsOf(archive: OfficeArchive, part: string): Map<string, Relation> {
  const folder = posix.dirname(part);
  const relations = new Map<string, Relation>();
  eachElement(archive.text(`${folder}/_rels/${posix.basename(part)}.rels`), (name, attributes) => {
    const { Id: id, Type: type = '', Target: target } = attributes;
    if (name !== 'Relationship' || id === undefined || target === undefined) return;
    const path = target.startsWith('/') ? target.slice(1) : posix.join(folder, target);
    relations.set(id, { type, target: path });
  });
  return relations;
}
