import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useLayoutEffect, useRef } from 'react';
import { t } from '../../i18n/t.ts';
import { editorLook } from './editor-look.ts';
import { highlighted } from './languages.ts';
import type { TextLanguage } from './text-editor.tsx';

interface Props {
  label: string;
  before: string;
  after: string;
  language: TextLanguage;
}

/** The CodeMirror behind DiffView, which loads it. */
export default function CodeMirrorDiff({ label, before, after, language }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!parent.current) return;
    const view = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          highlighted(language),
          lineNumbers(),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            collapseUnchanged: { margin: 3, minSize: 6 },
          }),
          editorLook,
          EditorState.readOnly.of(true),
          EditorState.phrases.of({ '$ unchanged lines': t('editor.unchanged') }),
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true' }),
        ],
      }),
    });
    return () => view.destroy();
  }, [label, before, after, language]);
  return <div ref={parent} />;
}
