import type { Citation, Item, Source } from '@antiphon/contracts';

/** A piece of an answer: text, or the source that the text before it cites. */
export type MarkedPiece = string | Source;

/** One or several marks of sources in the text of an answer, with the spaces before them. */
const whole = /^[ \t]*【\s*([a-z0-9]{4}-\d{1,3}(?:\s*[,;]\s*[a-z0-9]{4}-\d{1,3})*)\s*】/;
/** The beginning of such marks, up to the end of the text so far. */
const beginning = /^[ \t]*(?:【[a-z0-9\s,;-]*)?$/;
/** A longer text in brackets holds no marks. */
const marksLengthMax = 200;

/** The sources that the outputs of hosted tools offer in a context, by their marks. */
export function citableSources(items: readonly Item[]): Map<string, Source> {
  const sources = new Map<string, Source>();
  for (const item of items) {
    if (item.type !== 'function_call') continue;
    for (const { mark, source } of item.sources ?? []) sources.set(mark, source);
  }
  return sources;
}

/**
 * Separates the marks of sources from the text of an answer as it arrives. Text that may become a mark is held back until it is complete. A
 * mark of an unknown source is dropped. Without sources the text passes as it is.
 */
export class CitationMarks {
  private held = '';

  constructor(private readonly sources: ReadonlyMap<string, Source>) {}

  /** The pieces that are complete with the next text. */
  read(text: string): MarkedPiece[] {
    if (this.sources.size === 0) return [text];
    return this.take(this.held + text);
  }

  /** The text that was held back, which is no mark. */
  rest(): string[] {
    const { held } = this;
    this.held = '';
    return held === '' ? [] : [held];
  }

  private take(text: string): MarkedPiece[] {
    const pieces: MarkedPiece[] = [];
    let said = '';
    let at = 0;
    this.held = '';
    const endText = () => {
      if (said !== '') pieces.push(said);
      said = '';
    };
    while (at < text.length) {
      const next = nextCandidate(text, at);
      said += text.slice(at, next);
      const rest = text.slice(next, next + marksLengthMax);
      const marks = whole.exec(rest);
      if (marks) {
        endText();
        pieces.push(...this.sourcesOf(marks[1] ?? ''));
        at = next + marks[0].length;
      } else if (rest.length < marksLengthMax && beginning.test(rest)) {
        this.held = text.slice(next);
        at = text.length;
      } else {
        const end = afterCandidate(text, next);
        said += text.slice(next, end);
        at = end;
      }
    }
    endText();
    return pieces;
  }

  private sourcesOf(marks: string): Source[] {
    return marks.split(/[,;]/).flatMap((mark) => this.sources.get(mark.trim()) ?? []);
  }
}

/** The next place where marks may begin: a bracket, or spaces before one. */
function nextCandidate(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (isSpace(text[at]) || text[at] === '【') return at;
  return text.length;
}

/** The place after spaces or a bracket that begin no marks. */
function afterCandidate(text: string, from: number): number {
  let at = from;
  while (isSpace(text[at])) at++;
  return at === from ? from + 1 : at;
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

/** The sentence or line that ends at the end of a text: the part that a source after it supports. */
export function citedPlace(text: string): Pick<Citation, 'startIndex' | 'endIndex'> {
  const endIndex = text.length;
  const body = text.trimEnd().replace(/[.!?。！？]+$/, '');
  const breaks = [...body.matchAll(/[.!?]\s+|[。！？]|\n+/g)];
  const last = breaks.at(-1);
  return { startIndex: last ? last.index + last[0].length : 0, endIndex };
}
