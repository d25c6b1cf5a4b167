/** Bytes in a URL. */
export interface DataUrl {
  /** In lower case, without parameters; empty where the URL names none. */
  mediaType: string;
  base64: string;
}

const pdfHead = Buffer.from('%PDF-').toString('base64').slice(0, 6);

/** The bytes of a `data:` URL; null for other URLs. Bytes that begin like a PDF are a PDF, whatever media type the URL names. */
export function readDataUrl(url: string): DataUrl | null {
  const head = /^data:([^,;]*)((?:;[^,;]*)*),/i.exec(url);
  if (head === null) return null;
  const [prefix, mediaType = '', parameters = ''] = head;
  const data = url.slice(prefix.length);
  const base64 = /;base64$/i.test(parameters) ? data : Buffer.from(decoded(data)).toString('base64');
  return {
    mediaType: base64.startsWith(pdfHead) ? 'application/pdf' : mediaType.trim().toLowerCase(),
    base64,
  };
}

/** The text of bytes. */
export function textIn({ base64 }: DataUrl): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Whether a URL is one to download from. */
export function isLink(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function decoded(data: string): string {
  try {
    return decodeURIComponent(data);
  } catch {
    return data;
  }
}
