import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { type DefaultTreeAdapterTypes, parse, serialize } from 'parse5';
import { toMarkdown } from './to-markdown.ts';
import { toText } from './to-text.ts';

export interface PageSource {
  html: string;
  /** The URL of the page, against which its links are resolved. */
  url: string;
  wantsMarkdown: boolean;
  /** Pages with more elements are returned as plain text, because finding the article in them would take minutes. */
  elementsMax: number;
}

export interface Page {
  title: string | null;
  byline: string | null;
  siteName: string | null;
  excerpt: string | null;
  publishedTime: string | null;
  language: string | null;
  text: string;
  markdown: string | null;
}

/** Deeper pages are not made by hand, and the work grows with the square of the depth. */
const depthMax = 250;

/** A shorter article is a teaser. */
const articleCharactersMin = 200;

/**
 * The readable text of a page: its article where it has one, else the whole page. Takes up to seconds of work without a pause, so it runs in a
 * thread (PageReader).
 */
export function readPage({ html, url, wantsMarkdown, elementsMax }: PageSource): Page {
  const tree = parse(html);
  if (!isTractable(tree, elementsMax)) {
    const text = toText(html);
    return { ...unknownAbout, title: titleOf(html), text, markdown: wantsMarkdown ? text : null };
  }
  // parse5 repairs the markup as browsers do; linkedom takes it literally.
  const document = parseDocument(serialize(tree));
  makeAbsolute(document, url);
  const whole = document.body?.innerHTML ?? '';
  const about = {
    ...unknownAbout,
    title: orNull(document.title),
    language: orNull(document.documentElement?.lang),
  };
  const article = findArticle(document);
  const content = article?.content ?? whole;
  return {
    ...about,
    ...article?.about,
    text: toText(content),
    markdown: wantsMarkdown ? toMarkdown(content) : null,
  };
}

const unknownAbout = {
  title: null,
  byline: null,
  siteName: null,
  excerpt: null,
  publishedTime: null,
  language: null,
};

function isTractable(tree: DefaultTreeAdapterTypes.Document, elementsMax: number): boolean {
  let elements = 0;
  const rest: { node: DefaultTreeAdapterTypes.Node; depth: number }[] = [{ node: tree, depth: 0 }];
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (++elements > elementsMax || next.depth > depthMax) return false;
    if (!('childNodes' in next.node)) continue;
    for (const node of next.node.childNodes)
      if ('tagName' in node) rest.push({ node, depth: next.depth + 1 });
  }
  return true;
}

function titleOf(html: string): string | null {
  return orNull(toText(/<title[^>]*>([^<]{0,1000})/i.exec(html)?.[1] ?? ''));
}

/** The used part of linkedom's document. Its own types need those of a browser. */
interface PageDocument {
  title: string;
  documentElement: { lang: string } | null;
  body: { innerHTML: string } | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

interface PageElement {
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
}

function parseDocument(markup: string): PageDocument {
  const window: unknown = parseHTML(markup);
  return (window as { document: PageDocument }).document; // linkedom's document has these members
}

function makeAbsolute(document: PageDocument, url: string): void {
  const base = resolve(document.querySelector('base[href]')?.getAttribute('href') ?? '', url) ?? url;
  for (const name of ['href', 'src']) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const absolute = resolve(element.getAttribute(name) ?? '', base);
      if (absolute !== null) element.setAttribute(name, absolute);
    }
  }
}

function resolve(reference: string, base: string): string | null {
  return URL.canParse(reference, base) ? new URL(reference, base).href : null;
}

/** Finds the article. Changes the document. */
function findArticle(document: PageDocument): { content: string; about: Partial<Page> } | null {
  let article: ReturnType<Readability['parse']>;
  try {
    article = new Readability(document).parse();
  } catch {
    // Readability throws for some documents. Their whole text is used.
    return null;
  }
  if (!article?.content || (article.textContent?.trim().length ?? 0) < articleCharactersMin) return null;
  const found = {
    title: orNull(article.title),
    byline: orNull(article.byline),
    siteName: orNull(article.siteName),
    excerpt: orNull(article.excerpt),
    publishedTime: orNull(article.publishedTime),
    language: orNull(article.lang),
  };
  const about = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
  return { content: article.content, about };
}

function orNull(text: string | null | undefined): string | null {
  return text?.trim() || null;
}
