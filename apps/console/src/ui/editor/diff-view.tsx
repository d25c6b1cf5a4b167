import { lazy, Suspense } from 'react';
import { t } from '../../i18n/t.ts';
import styles from './editor.module.css';
import type { TextLanguage } from './text-editor.tsx';

const CodeMirrorDiff = lazy(() => import('./code-mirror-diff.tsx'));

interface Props {
  /** What is compared, for screen readers. */
  label: string;
  before: string;
  after: string;
  language: TextLanguage;
}

/** The lines of two texts in one column: what was removed, what was added, and a few unchanged lines around. It is loaded when it is first shown. */
export function DiffView({ label, before, after, language }: Props) {
  if (before === after) return <p className={styles['same']}>{t('editor.same')}</p>;
  return (
    <div className={styles['box']} translate="no">
      <Suspense fallback={<div className={styles['waiting']} aria-busy="true" />}>
        <CodeMirrorDiff label={label} before={before} after={after} language={language} />
      </Suspense>
    </div>
  );
}
