import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import styles from './list.module.css';

interface Props<Entry> {
  label: string;
  entries: readonly Entry[];
  keyOf: (entry: Entry) => string;
  /** The key of the open entry. */
  open: string | undefined;
  onOpen: (key: string) => void;
  /** The row of an entry. Its parts take two columns, of which the second is as wide as its content. */
  children: (entry: Entry) => ReactNode;
  /** What follows the last entry, such as a way to load more. */
  end?: ReactNode;
}

/** The entries of a list, of which one is open. Arrows, Home and End open others. */
export function EntryList<Entry>({ label, entries, keyOf, open, onOpen, children, end }: Props<Entry>) {
  const list = useRef<HTMLUListElement>(null);
  const at = entries.findIndex((entry) => keyOf(entry) === open);
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-current="true"]');
    row?.scrollIntoView({ block: 'nearest' });
    if (list.current?.contains(document.activeElement)) row?.focus();
  }, [open]);
  const move = (event: KeyboardEvent) => {
    const places: Record<string, number> = {
      ArrowDown: Math.min(at + 1, entries.length - 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: entries.length - 1,
    };
    const entry = entries[places[event.key] ?? -1];
    if (!entry) return;
    event.preventDefault();
    onOpen(keyOf(entry));
  };
  return (
    <ul ref={list} className={styles['list']} aria-label={label} onKeyDown={move}>
      {entries.map((entry, index) => {
        const key = keyOf(entry);
        return (
          <li key={key}>
            <button
              type="button"
              aria-current={key === open}
              tabIndex={index === Math.max(0, at) ? 0 : -1}
              className={styles['row']}
              onClick={() => onOpen(key)}
            >
              {children(entry)}
            </button>
          </li>
        );
      })}
      {end && <li className={styles['end']}>{end}</li>}
    </ul>
  );
}
