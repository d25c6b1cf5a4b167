import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { bracketMatching } from '@codemirror/language';
import { Annotation, EditorState, type Text } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { editorLook } from './editor-look.ts';
import type { TextFault } from './json-fault.ts';
import { highlighted } from './languages.ts';
import type { TextLanguage } from './text-editor.tsx';

interface Props {
  value: string;
  onChange: ((value: string) => void) | undefined;
  language: TextLanguage;
  labelledBy: string;
  describedBy: string;
  isReadOnly: boolean;
  fault: TextFault | null;
}

/** Marks a change that came from the page, which the page does not hear of again. */
const given = Annotation.define<true>();

/**
 * Replaces the selection by what is typed. Where Chromium does it, it writes style attributes to keep the look of the text, which the content
 * security policy refuses.
 */
const replacesSelection = EditorView.domEventHandlers({
  beforeinput: ({ inputType, data }, view) => {
    const { state } = view;
    if (inputType !== 'insertText' || data === null || view.composing || state.readOnly) return false;
    if (state.selection.main.empty) return false;
    view.dispatch(state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

/** The CodeMirror behind TextEditor, which loads it. */
export default function CodeMirrorEditor({
  value,
  onChange,
  language,
  labelledBy,
  describedBy,
  isReadOnly,
  fault,
}: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ value, onChange });
  useLayoutEffect(() => {
    latest.current = { value, onChange };
  });

  useLayoutEffect(() => {
    if (!parent.current) return;
    const created = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          history(),
          bracketMatching(),
          highlighted(language),
          // Lines have numbers where faults name them.
          language === 'plain' ? [] : lineNumbers(),
          editorLook,
          replacesSelection,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorState.readOnly.of(isReadOnly),
          EditorView.contentAttributes.of({
            'aria-labelledby': labelledBy,
            'aria-describedby': describedBy,
            ...(isReadOnly && { 'aria-readonly': 'true' }),
          }),
          EditorView.updateListener.of(({ docChanged, state, transactions }) => {
            if (docChanged && !transactions.some((transaction) => transaction.annotation(given)))
              latest.current.onChange?.(state.doc.toString());
          }),
        ],
      }),
    });
    view.current = created;
    return () => {
      view.current = null;
      created.destroy();
    };
  }, [language, labelledBy, describedBy, isReadOnly]);

  useEffect(() => {
    const { current } = view;
    if (!current || current.state.doc.toString() === value) return;
    current.dispatch({
      changes: { from: 0, to: current.state.doc.length, insert: value },
      annotations: given.of(true),
    });
  }, [value]);

  useEffect(() => {
    const { current } = view;
    if (!current) return;
    const diagnostics = fault ? [diagnosticOf(current.state.doc, fault)] : [];
    current.dispatch(setDiagnostics(current.state, diagnostics));
  }, [fault, language, isReadOnly]);

  return <div ref={parent} />;
}

function diagnosticOf(doc: Text, { line, column, why }: TextFault): Diagnostic {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const from = Math.min(at.from + column - 1, at.to);
  return { from, to: Math.min(from + 1, at.to), severity: 'error', message: why };
}
