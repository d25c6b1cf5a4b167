import TurndownService from 'turndown';

const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
service.remove(['script', 'style', 'noscript', 'iframe', 'object', 'button', 'select']);
service.addRule('picture', {
  filter: 'img',
  replacement: (_content, node) => pictureOf(asElement(node)),
});
service.addRule('deletion', { filter: ['del', 's'], replacement: (content) => `~~${content}~~` });
service.addRule('cell', {
  filter: ['th', 'td'],
  replacement: (content) =>
    ` ${content
      .trim()
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll('|', '\\|')} |`,
});
service.addRule('row', {
  filter: 'tr',
  replacement: (content, node) => {
    const row = asElement(node);
    return `\n|${content}${isFirstRow(row) ? `\n|${' --- |'.repeat(row.children.length)}` : ''}`;
  },
});
service.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
service.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });

/** Markup as Markdown, tables as GitHub writes them. */
export function toMarkdown(html: string): string {
  return service.turndown(html).trim();
}

/** What is used of the nodes that turndown's own parser makes. */
interface MarkupElement {
  nodeName: string;
  children: { length: number };
  parentNode: MarkupElement | null;
  previousElementSibling: MarkupElement | null;
  getAttribute(name: string): string | null;
}

function asElement(node: unknown): MarkupElement {
  return node as MarkupElement; // the rules' filters let elements pass only
}

/** A picture within the page itself is no use to a reader of text. */
function pictureOf(image: MarkupElement): string {
  const source = image.getAttribute('src') ?? '';
  return /^https?:/.test(source) ? `![${image.getAttribute('alt') ?? ''}](${source})` : '';
}

/** Markdown has no table without a heading row, so the first row is it. */
function isFirstRow(row: MarkupElement): boolean {
  if (row.previousElementSibling !== null) return false;
  const parent = row.parentNode;
  return (
    parent === null || parent.nodeName === 'TABLE' || parent.previousElementSibling?.nodeName !== 'THEAD'
  );
}
