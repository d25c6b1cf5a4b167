import { lazy, Suspense, useId, useMemo } from 'react';
import { t } from '../../i18n/t.ts';
import styles from './editor.module.css';
import { jsonFault, type TextFault } from './json-fault.ts';

export type TextLanguage = 'json' | 'jinja' | 'plain';

const CodeMirrorEditor = lazy(() => import('./code-mirror-editor.tsx'));

interface Props {
  label: string;
  value: string;
  onChange?: (value: string) => void;
  language: TextLanguage;
  hint?: string;
  /** The lines that are free at the beginning; the editor grows with its text up to half of the window. */
  rows?: number;
  isReadOnly?: boolean;
  /** What is wrong, as the server found it. JSON is checked here, unless it is blank. */
  fault?: TextFault | null;
}

/**
 * A labelled editor with highlighting, which is loaded when it is first shown. It says by line and column what is wrong in JSON; use `jsonFault` to
 * refuse to send it. Tab leaves the editor.
 */
export function TextEditor({
  label,
  value,
  onChange,
  language,
  hint,
  rows = 4,
  isReadOnly = false,
  fault = null,
}: Props) {
  const id = useId();
  const shown = useMemo(
    () => fault ?? (language === 'json' && value.trim() !== '' ? jsonFault(value) : null),
    [fault, language, value],
  );
  return (
    <div className={styles['field']}>
      <span className={styles['label']} id={`${id}-label`}>
        {label}
      </span>
      <div className={styles['box']} style={{ minHeight: `calc(${rows} * 20px + 10px)` }} translate="no">
        <Suspense fallback={<div aria-busy="true" />}>
          <CodeMirrorEditor
            value={value}
            onChange={onChange}
            language={language}
            labelledBy={`${id}-label`}
            describedBy={`${id}-more`}
            isReadOnly={isReadOnly}
            fault={shown}
          />
        </Suspense>
      </div>
      <div id={`${id}-more`} className={styles['more']}>
        {shown && (
          <p className={styles['fault']} role="alert">
            {t('editor.fault', { line: shown.line, column: shown.column, why: shown.why })}
          </p>
        )}
        {hint !== undefined && <p>{hint}</p>}
      </div>
    </div>
  );
}
