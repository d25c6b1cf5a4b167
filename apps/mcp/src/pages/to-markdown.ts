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

/** Converts HTML to Markdown, with tables as in GitHub's. */
export function toMarkdown(html: string): string {
  return service.turndown(html).trim();
}

/** The used part of the nodes of turndown's parser. */
interface MarkupElement {
  nodeName: string;
  children: { length: number };
  parentNode: MarkupElement | null;
  previousElementSibling: MarkupElement | null;
  getAttribute(name: string): string | null;
}

function asElement(node: unknown): MarkupElement {
  return node as MarkupElement; // the filters of the rules select elements only
}

/** Leaves out pictures in data URLs. */
function pictureOf(image: MarkupElement): string {
  const source = image.getAttribute('src') ?? '';
  return /^https?:/.test(source) ? `![${image.getAttribute('alt') ?? ''}](${source})` : '';
}

/** A table in Markdown needs a heading row, so its first row becomes one. */
function isFirstRow(row: MarkupElement): boolean {
  if (row.previousElementSibling !== null) return false;
  const parent = row.parentNode;
  return (
    parent === null || parent.nodeName === 'TABLE' || parent.previousElementSibling?.nodeName !== 'THEAD'
  );
}
