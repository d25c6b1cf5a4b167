import mammoth from 'mammoth';
import { toMarkdown } from '../pages/to-markdown.ts';
import type { OfficeArchive } from './office-archive.ts';

export const wordPart = 'word/document.xml';

/** The text of a Word document as Markdown, with its lists, tables and notes, without pictures. */
export async function readWord(archive: OfficeArchive): Promise<string> {
  const convertImage = mammoth.images.imgElement(async () => ({ src: '' }));
  const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(archive.repack()) }, { convertImage });
  return toMarkdown(value);
}
