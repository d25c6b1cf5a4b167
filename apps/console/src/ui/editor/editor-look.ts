import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { pageNonce } from '../page-nonce.ts';

const theme = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: 'var(--text-sm)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', maxHeight: '50dvh' },
  '.cm-content': { padding: '4px 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 var(--space-2)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-2)', border: '0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-soft)', color: 'inherit' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--bad-soft)', color: 'var(--bad)' },
  '.cm-tooltip': {
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius)',
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    fontFamily: 'var(--font)',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-collapsedLines': {
    background: 'var(--sunken)',
    color: 'var(--ink-2)',
    fontFamily: 'var(--font)',
    fontSize: 'var(--text-xs)',
    // A sign that common fonts have.
    '&:before, &:after': { content: '"⋯"' },
  },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--good-soft) !important' },
  '.cm-deletedChunk': { backgroundColor: 'var(--bad-soft) !important', paddingLeft: 'var(--space-2)' },
  '.cm-changedText, .cm-insertedLine, ins': {
    background: 'none !important',
    color: 'var(--good)',
    textDecoration: 'none',
  },
  '.cm-deletedText, del': { background: 'none !important', color: 'var(--bad)', textDecoration: 'none' },
  '.cm-changedLineGutter': { background: 'var(--good) !important' },
  '.cm-deletedLineGutter': { background: 'var(--bad) !important' },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--wait)' },
  { tag: [tags.propertyName, tags.variableName], color: 'var(--accent)' },
  { tag: [tags.comment, tags.brace, tags.separator], color: 'var(--ink-2)' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

/** What every editor and comparison looks like: the colours of the page, long lines wrapped, styles with the nonce of the page. */
export const editorLook: Extension = [
  EditorView.cspNonce.of(pageNonce() ?? ''),
  EditorView.lineWrapping,
  theme,
  syntaxHighlighting(highlighting),
];
