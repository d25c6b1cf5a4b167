import type { ReactNode } from 'react';
import type { Approval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { EntryList } from '../ui/list/entry-list.tsx';
import { Age } from '../ui/text/age.tsx';
import styles from './approvals.module.css';

interface Props {
  rows: readonly Approval[];
  open: string | undefined;
  onOpen: (id: string) => void;
  end: ReactNode;
}

/** The calls of the inbox. */
export function ApprovalList({ rows, open, onOpen, end }: Props) {
  return (
    <EntryList
      label={t('nav.approvals')}
      entries={rows}
      keyOf={({ id }) => id}
      open={open}
      onOpen={onOpen}
      end={end}
    >
      {({ tool, arguments: args, created_at: created, expires_at: expires, decision }) => (
        <>
          <code translate="no">{tool}</code>
          <Age iso={decision?.decided_at ?? created} className={styles['age'] ?? ''} />
          <span translate="no" className={styles['age']}>
            {args}
          </span>
          {expires !== null && (
            <span className={styles['age']}>
              {t('approval.expires')} <Age iso={expires} />
            </span>
          )}
          {decision && (
            <span className={styles['age']}>{t('approval.outcome', { action: decision.action })}</span>
          )}
        </>
      )}
    </EntryList>
  );
}
