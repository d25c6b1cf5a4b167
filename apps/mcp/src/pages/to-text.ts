import { compile, type FormatCallback } from 'html-to-text';

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
const unread = ['img', 'noscript', 'template', 'svg', 'button', 'select', 'iframe', 'object'];

/** Separates cells by tabs: the work to lay a table out in columns grows with the square of its rows. */
const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder);
  builder.addLiteral('\t');
};

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: 250 },
  formatters: { cell },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    ...headings.map((selector) => ({ selector, options: { uppercase: false } })),
    ...unread.map((selector) => ({ selector, format: 'skip' })),
    ...['table', 'thead', 'tbody', 'tfoot', 'caption'].map((selector) => ({ selector, format: 'block' })),
    { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...['td', 'th'].map((selector) => ({ selector, format: 'cell' })),
  ],
});

/** The text of HTML, in the lines of the page, without addresses and pictures. */
export function toText(html: string): string {
  return convert(html)
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
