/** A document whose text is wanted. */
export interface DocumentSource {
  bytes: Uint8Array;
  filename: string;
  /** As its sender named it; often a guess of a client. */
  mimeType: string;
  /** A longer text is refused. */
  charactersMax: number;
  pagesMax: number;
  /** What the buffers of the thread may take: compressed data may unpack to any size. */
  bufferBytesMax: number;
}

/** Why a document has no text, as a sentence for its owner. `unsupported` names formats that are not read, `invalid` documents of a format that is. */
export interface DocumentRefusal {
  refusal: 'unsupported' | 'invalid';
  message: string;
}

/** The text of a document, or why there is none. */
export type DocumentText = { text: string } | DocumentRefusal;

export function unsupported(message: string): DocumentRefusal {
  return { refusal: 'unsupported', message };
}

export function invalid(message: string): DocumentRefusal {
  return { refusal: 'invalid', message };
}

export const readableFormats =
  'PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), HTML, Markdown, CSV, JSON, code and other plain text';
