import { type DataUrl, readDataUrl } from '../data-url.ts';

const pdfHead = Buffer.from('%PDF-').toString('base64').slice(0, 6);

/** The bytes of a `data:` URL; null for other URLs. Bytes that begin like a PDF are one, whatever the URL calls them. */
export function readFileBytes(url: string): DataUrl | null {
  const data = readDataUrl(url);
  return data?.base64.startsWith(pdfHead) === true ? { ...data, mediaType: 'application/pdf' } : data;
}

/** The text of bytes. */
export function textIn({ base64 }: DataUrl): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Whether a URL is one to download from. */
export function isLink(url: string): boolean {
  return /^https?:\/\//i.test(url);
}
