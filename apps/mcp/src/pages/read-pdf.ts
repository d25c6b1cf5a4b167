import { getResolvedPDFJS } from 'unpdf';
import { refuseLargeBuffers } from './buffer-limit.ts';

export interface PdfSource {
  bytes: Uint8Array;
  pagesMax: number;
  /** Reading stops after the page that reaches this number of characters. */
  charactersMax: number;
  /** The memory limit of buffers: the compressed data of a PDF may unpack to any size. */
  bufferBytesMax: number;
}

export interface PdfText {
  title: string | null;
  author: string | null;
  text: string;
  pagesTotal: number;
  pagesRead: number;
}

/** Why a PDF cannot be read. Error messages show the reason. */
export type PdfRefusal = { refusal: 'encrypted' | 'broken' | 'too large' };

/** The text of a PDF, page by page. Runs in a thread (PageReader). */
export async function readPdf(source: PdfSource): Promise<PdfText | PdfRefusal> {
  const limit = refuseLargeBuffers(source.bufferBytesMax);
  try {
    const text = await read(source);
    // The library takes data that cannot be unpacked for the end of a page.
    return limit.isReached ? { refusal: 'too large' } : text;
  } catch (error) {
    if (limit.isReached) return { refusal: 'too large' };
    const name = error instanceof Error ? error.name : '';
    if (name === 'PasswordException') return { refusal: 'encrypted' };
    return { refusal: 'broken' };
  } finally {
    limit.lift();
  }
}

async function read({ bytes, pagesMax, charactersMax }: PdfSource): Promise<PdfText> {
  const { getDocument, VerbosityLevel } = await getResolvedPDFJS();
  const loading = getDocument({
    data: bytes,
    verbosity: VerbosityLevel.ERRORS,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    enableXfa: false,
  });
  try {
    const document = await loading.promise;
    const { info } = await document.getMetadata();
    const texts: string[] = [];
    let characters = 0;
    const pagesWanted = Math.min(document.numPages, pagesMax);
    while (texts.length < pagesWanted && characters < charactersMax) {
      const page = await document.getPage(texts.length + 1);
      const { items } = await page.getTextContent({ includeMarkedContent: false });
      const text = textOf(items);
      texts.push(text);
      characters += text.length;
      page.cleanup();
    }
    return {
      title: entryOf(info, 'Title'),
      author: entryOf(info, 'Author'),
      text: texts.join('\n\n').trim(),
      pagesTotal: document.numPages,
      pagesRead: texts.length,
    };
  } finally {
    await loading.destroy();
  }
}

function textOf(items: readonly object[]): string {
  let text = '';
  for (const item of items) {
    if ('str' in item && typeof item.str === 'string') text += item.str;
    if ('hasEOL' in item && item.hasEOL === true) text += '\n';
  }
  return text.replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n');
}

function entryOf(info: object, name: string): string | null {
  const value: unknown = Object.getOwnPropertyDescriptor(info, name)?.value;
  return typeof value === 'string' ? value.trim() || null : null;
}
