import { readPdf } from '../pages/read-pdf.ts';
import { decodeText } from '../pages/text-decoding.ts';
import { toText } from '../pages/to-text.ts';
import { formatOf } from './document-format.ts';
import {
  type DocumentRefusal,
  type DocumentSource,
  type DocumentText,
  invalid,
  readableFormats,
  unsupported,
} from './document-text.ts';
import { ArchiveTooLarge, OfficeArchive } from './office-archive.ts';
import { presentationPart, readSlides } from './read-slides.ts';
import { readWord, wordPart } from './read-word.ts';
import { readWorkbook, workbookPart } from './read-workbook.ts';

/** The text of a document. Runs in a thread (DocumentReader), which may end half-way. */
export async function readDocument(source: DocumentSource): Promise<DocumentText> {
  const text = await textOf(source);
  if (typeof text !== 'string') return text;
  if (text.length > source.charactersMax) return tooLong(source.charactersMax);
  if (text.trim() === '')
    return invalid('The file has no text. Pictures of pages, as in scanned documents, are not read.');
  return { text };
}

async function textOf(source: DocumentSource): Promise<string | DocumentRefusal> {
  const bytes = Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
  switch (formatOf(source)) {
    case 'pdf':
      return pdfText(source);
    case 'zip':
      return officeText(source);
    case 'ole':
      return unsupported(
        'The file is an encrypted Office document, or one in the format before 2007: save it as .docx, .pptx or .xlsx without a password.',
      );
    case 'html':
      return toText(decodeText(bytes, 'text/html'));
    case 'text':
      return decodeText(bytes, '');
    case 'binary':
      return unsupported(`The format of the file is not supported. It can be ${readableFormats}.`);
  }
}

async function pdfText(source: DocumentSource): Promise<string | DocumentRefusal> {
  const { bytes, pagesMax, charactersMax, bufferBytesMax } = source;
  // A longer text is refused as a whole, so one character more is enough to know.
  const read = await readPdf({ bytes, pagesMax, charactersMax: charactersMax + 1, bufferBytesMax });
  if ('refusal' in read)
    return invalid(
      read.refusal === 'encrypted'
        ? 'The PDF is encrypted: save it without a password.'
        : `The PDF cannot be read: it is ${read.refusal}.`,
    );
  if (read.pagesRead === read.pagesTotal) return read.text;
  if (read.text.length > charactersMax) return tooLong(charactersMax);
  return invalid(`The PDF has ${read.pagesTotal} pages, and at most ${pagesMax} are allowed: split it.`);
}

/** The parts of Office documents that have their content, with their readers. */
const officeReaders: [part: string, read: (archive: OfficeArchive) => string | Promise<string>][] = [
  [wordPart, readWord],
  [presentationPart, readSlides],
  [workbookPart, readWorkbook],
];

async function officeText(source: DocumentSource): Promise<string | DocumentRefusal> {
  try {
    const archive = OfficeArchive.open(source.bytes, source.bufferBytesMax / 4);
    const [, read] = officeReaders.find(([part]) => archive.has(part)) ?? [];
    if (read) return await read(archive);
    return unsupported(`The file is an archive. It can be ${readableFormats}.`);
  } catch (error) {
    if (error instanceof ArchiveTooLarge) return invalid('The file unpacks to more than is allowed.');
    return invalid('The file is a broken Office document.');
  }
}

function tooLong(charactersMax: number): DocumentRefusal {
  return invalid(
    `The text of the file has more than the ${charactersMax} characters that are allowed: split it.`,
  );
}
