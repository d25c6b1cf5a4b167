import { type KeyboardEvent, useEffect, useRef } from 'react';
import { t } from '../i18n/t.ts';
import type { Tool } from './tools-api.ts';
import styles from './tools.module.css';

interface Props {
  rows: readonly Tool[];
  shown: string;
  onShow: (name: string) => void;
}

/** The names of tools with the beginnings of their descriptions. Arrows, Home and End move in it. */
export function ToolList({ rows, shown, onShow }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const at = rows.findIndex(({ name }) => name === shown);
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-current="true"]');
    if (list.current?.contains(document.activeElement)) row?.focus();
  }, [shown]);
  const move = (event: KeyboardEvent) => {
    const places: Record<string, number> = {
      ArrowDown: Math.min(at + 1, rows.length - 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: rows.length - 1,
    };
    const row = rows[places[event.key] ?? -1];
    if (!row) return;
    event.preventDefault();
    onShow(row.name);
  };
  return (
    <ul ref={list} className={styles['list']} aria-label={t('tools.all')} onKeyDown={move}>
      {rows.map(({ name, description, server_label: label }, index) => (
        <li key={name}>
          <button
            type="button"
            aria-current={name === shown}
            tabIndex={index === Math.max(0, at) ? 0 : -1}
            className={styles['row']}
            onClick={() => onShow(name)}
          >
            <code translate="no">{name}</code>
            {label === null ? (
              <span className={styles['origin']}>{t('tools.builtIn')}</span>
            ) : (
              <span className={styles['origin']} translate="no">
                {label}
              </span>
            )}
            <span className={styles['summary']} translate="no">
              {description}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
