import { useEffect, useRef } from 'react';
import type { Approval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Age } from './age.tsx';
import styles from './approvals.module.css';

interface Props {
  rows: readonly Approval[];
  selected: string | undefined;
  onSelect: (row: Approval | undefined) => void;
  children?: React.ReactNode;
}

/** The calls of the inbox. Arrows, Home and End move in it. */
export function ApprovalList({ rows, selected, onSelect, children }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const at = rows.findIndex(({ id }) => id === selected);
  const reached = at < 0 ? 0 : at;
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-current="true"]');
    row?.scrollIntoView({ block: 'nearest' });
    if (list.current?.contains(document.activeElement)) row?.focus();
  }, [selected]);
  return (
    <ul
      ref={list}
      className={styles['list']}
      aria-label={t('nav.approvals')}
      onKeyDown={(event) => {
        const places: Record<string, number> = {
          ArrowDown: at + 1,
          ArrowUp: Math.max(0, at - 1),
          Home: 0,
          End: rows.length - 1,
        };
        const place = places[event.key];
        if (place === undefined) return;
        event.preventDefault();
        onSelect(rows[place]);
      }}
    >
      {rows.map((row, index) => (
        <li key={row.id}>
          <button
            type="button"
            aria-current={row.id === selected}
            tabIndex={index === reached ? 0 : -1}
            className={styles['row']}
            onClick={() => onSelect(row)}
          >
            <code translate="no">{row.tool}</code>
            <Age iso={row.decision?.decided_at ?? row.created_at} className={styles['age'] ?? ''} />
            <span translate="no" className={styles['summary']}>
              {row.arguments}
            </span>
            {row.expires_at !== null && (
              <span className={styles['age']}>
                {t('approval.expires')} <Age iso={row.expires_at} />
              </span>
            )}
            {row.decision && (
              <span className={styles['age']}>{t('approval.outcome', { action: row.decision.action })}</span>
            )}
          </button>
        </li>
      ))}
      {children && <li className={styles['more']}>{children}</li>}
    </ul>
  );
}
