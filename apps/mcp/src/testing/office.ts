import { strToU8, zipSync } from 'fflate';

const relationship = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A ZIP archive with these files. */
export function makeArchive(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? strToU8(content) : content,
  ]);
  return Buffer.from(zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>)); // built from such entries
}

const relations = (targets: readonly [id: string, type: string, target: string][]) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${targets
    .map(
      ([id, type, target]) => `<Relationship Id="${id}" Type="${relationship}/${type}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`;

const wordTypes =
  '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>';

/** A Word document: paragraphs, and a table. `body` replaces both. */
export function makeDocx(
  paragraphs: readonly string[],
  rows: readonly string[][] = [],
  body?: string,
): Buffer {
  const paragraph = (text: string) => `<w:p><w:r><w:t>${escaped(text)}</w:t></w:r></w:p>`;
  const cells = (row: readonly string[]) => row.map((text) => `<w:tc>${paragraph(text)}</w:tc>`).join('');
  const table =
    rows.length === 0 ? '' : `<w:tbl>${rows.map((row) => `<w:tr>${cells(row)}</w:tr>`).join('')}</w:tbl>`;
  return makeArchive({
    '[Content_Types].xml': wordTypes,
    '_rels/.rels': relations([['rId1', 'officeDocument', 'word/document.xml']]),
    'word/document.xml': `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body ?? paragraphs.map(paragraph).join('') + table}</w:body></w:document>`,
  });
}

/** A presentation with these slides, whose files are numbered backwards, so that only the presentation has their order. */
export function makePptx(slides: readonly { lines: readonly string[]; notes?: string }[]): Buffer {
  const drawing = (lines: readonly string[]) =>
    `<p:sld xmlns:a="a" xmlns:p="p">${lines.map((line) => `<a:p><a:r><a:t>${escaped(line)}</a:t></a:r></a:p>`).join('')}<a:p><a:fld><a:t>7</a:t></a:fld></a:p></p:sld>`;
  const files: Record<string, string> = {
    'ppt/presentation.xml': `<p:presentation xmlns:r="r" xmlns:p="p"><p:sldIdLst>${slides.map((_, place) => `<p:sldId r:id="rId${place}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      slides.map((_, place) => [`rId${place}`, 'slide', `slides/slide${slides.length - place}.xml`]),
    ),
  };
  for (const [place, { lines, notes }] of slides.entries()) {
    const name = `slide${slides.length - place}.xml`;
    files[`ppt/slides/${name}`] = drawing(lines);
    if (notes === undefined) continue;
    files[`ppt/notesSlides/${name}`] = drawing([notes]);
    files[`ppt/slides/_rels/${name}.rels`] = relations([['rId1', 'notesSlide', `../notesSlides/${name}`]]);
  }
  return makeArchive(files);
}

/** A workbook with one sheet of these rows, in XML. Style 1 shows numbers as dates. */
export function makeXlsx(rows: string, strings: readonly string[] = []): Buffer {
  return makeArchive({
    'xl/workbook.xml': `<workbook xmlns:r="r"><sheets><sheet name="Prices" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations([['rId1', 'worksheet', 'worksheets/sheet1.xml']]),
    'xl/styles.xml':
      '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': `<sst>${strings.map((text) => `<si><t>${escaped(text)}</t></si>`).join('')}</sst>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
  });
}
