import { deflateSync } from 'node:zlib';

export interface PdfOptions {
  title?: string;
  /** How many times the pages are compressed. */
  packed?: number;
  /** Replaces the content of the pages. */
  content?: Buffer;
  /** Further entries of the trailer. */
  trailer?: string;
}

/** A PDF with these lines, a page for each inner list. */
export function makePdf(pages: readonly (readonly string[])[], options: PdfOptions = {}): Buffer {
  const { title, packed = 0, content, trailer = '' } = options;
  const kids = pages.map((_lines, i) => `${4 + 2 * i} 0 R`).join(' ');
  const objects: Buffer[] = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>'),
  ];
  for (const [i, lines] of pages.entries()) {
    const resources = '/Resources << /Font << /F1 3 0 R >> >>';
    objects.push(
      Buffer.from(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] ${resources} /Contents ${5 + 2 * i} 0 R >>`,
      ),
      stream(content ?? showing(lines), packed),
    );
  }
  if (title !== undefined) objects.push(Buffer.from(`<< /Title (${title}) /Author (Ada) >>`));
  return assemble(objects, title === undefined ? trailer : `/Info ${objects.length} 0 R ${trailer}`);
}

function showing(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj 0 -14 Td`).join('\n');
  return Buffer.from(`BT /F1 12 Tf 72 720 Td\n${shown}\nET`, 'latin1');
}

function stream(content: Buffer, packed: number): Buffer {
  let data = content;
  for (let i = 0; i < packed; i++) data = deflateSync(data, { level: 9 });
  const filter = packed === 0 ? '' : `/Filter [${'/FlateDecode '.repeat(packed)}]`;
  return Buffer.concat([
    Buffer.from(`<< /Length ${data.length} ${filter} >>\nstream\n`),
    data,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[], trailer: string): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let size = parts[0]?.length ?? 0;
  const add = (part: Buffer) => {
    parts.push(part);
    size += part.length;
  };
  for (const [i, object] of objects.entries()) {
    offsets.push(size);
    add(Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]));
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const table = `xref\n0 ${count}\n0000000000 65535 f \n${rows}`;
  parts.push(
    Buffer.from(`${table}trailer\n<< /Size ${count} /Root 1 0 R ${trailer} >>\nstartxref\n${size}\n%%EOF\n`),
  );
  return Buffer.concat(parts);
}
