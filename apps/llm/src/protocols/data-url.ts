/** The bytes in a URL. */
export interface DataUrl {
  /** In lower case, without parameters; `text/plain` where the URL names none. */
  mediaType: string;
  base64: string;
}

/** The bytes of a `data:` URL; null for other URLs and for one that cannot be decoded. */
export function readDataUrl(url: string): DataUrl | null {
  const comma = url.indexOf(',');
  if (comma < 0 || !/^data:/i.test(url)) return null;
  const [type = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const mediaType = type.trim().toLowerCase() || 'text/plain';
  const data = url.slice(comma + 1);
  if (parameters.at(-1)?.trim().toLowerCase() === 'base64') return { mediaType, base64: data };
  try {
    return { mediaType, base64: Buffer.from(decodeURIComponent(data)).toString('base64') };
  } catch {
    return null;
  }
}
