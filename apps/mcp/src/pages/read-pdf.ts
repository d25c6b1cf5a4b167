import { getResolvedPDFJS } from 'unpdf';
import { refuseLargeBuffers } from './buffer-limit.ts';

export interface PdfSource {
  bytes: Uint8Array;
  pagesMax: number;
  /** Nothing is read beyond these. */
  charactersMax: number;
  /** The most that buffers may take: what is packed in a PDF has no bound of its own. */
  bufferBytesMax: number;
}

export interface PdfText {
  title: string | null;
  author: string | null;
  text: string;
  pagesTotal: number;
  pagesRead: number;
}

/** Why a PDF is not read, in words that may be told. */
export type PdfRefusal = { refusal: 'encrypted' | 'broken' | 'too large' };

/** The text of a PDF, page by page. Takes a thread for itself (PageReader). */
export async function readPdf(source: PdfSource): Promise<PdfText | PdfRefusal> {
  const limit = refuseLargeBuffers(source.bufferBytesMax);
  try {
    return await read(source);
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
      title: said(info, 'Title'),
      author: said(info, 'Author'),
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

function said(info: object, name: string): string | null {
  const value: unknown = Object.getOwnPropertyDescriptor(info, name)?.value;
  return typeof value === 'string' ? value.trim() || null : null;
}
