import { useEffect, useMemo, useState } from 'react';
import type { ToolCall } from '../../api/runs.ts';
import { t } from '../../i18n/t.ts';
import { TextBlock } from '../../ui/text/text-block.tsx';
import { type DiffPart, diffParts } from './diff-parts.ts';
import styles from './run.module.css';

/** Longer arguments are shown below each other. */
const comparedMax = 20_000;

/** The arguments of a call: where a decision changed what the model proposed, what it removed and added. */
export function ArgumentsDiff({ call }: { call: ToolCall }) {
  const { arguments: run, proposed_arguments: proposed, item_id: id } = call;
  const before = useMemo(() => pretty(proposed ?? run), [proposed, run]);
  const after = useMemo(() => pretty(run), [run]);
  if (before === after) return <TextBlock text={run} name={`${id}.arguments.json`} />;
  if (before.length + after.length <= comparedMax) return <Diff before={before} after={after} />;
  return (
    <>
      <TextBlock text={before} name={`${id}.proposed.json`} />
      <TextBlock text={after} name={`${id}.arguments.json`} />
    </>
  );
}

/** The comparison is loaded when it is first needed. */
function Diff({ before, after }: { before: string; after: string }) {
  const [parts, setParts] = useState<readonly DiffPart[]>([{ kind: 'same', text: after }]);
  useEffect(() => {
    let isCurrent = true;
    void import('@codemirror/merge').then(({ presentableDiff }) => {
      if (isCurrent) setParts(diffParts(before, after, presentableDiff(before, after)));
    });
    return () => {
      isCurrent = false;
    };
  }, [before, after]);
  return (
    <pre className={styles['diff']} translate="no" tabIndex={0} aria-label={t('runs.diff')}>
      {parts.map(({ kind, text }, index) => {
        if (kind === 'same') return <span key={index}>{text}</span>;
        return kind === 'removed' ? <del key={index}>{text}</del> : <ins key={index}>{text}</ins>;
      })}
    </pre>
  );
}

/** JSON on lines of its own; another text as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
