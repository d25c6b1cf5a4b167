import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import styles from './row-list.module.css';

const rowHeight = 28;
const overscan = 8;

interface Entry {
  key: string;
  /** The level in a tree, from 0 on. Left out: the list is flat. */
  depth?: number;
}

interface Props<Listed extends Entry> {
  label: string;
  entries: readonly Listed[];
  /** The key of the selected entry. */
  selected: string | null;
  onSelect: (key: string) => void;
  children: (entry: Listed) => ReactNode;
}

/**
 * A list or tree of which one entry is selected, with the entries that can be seen only. Arrow keys, Home and End move the selection; in a tree,
 * left goes to the parent and right to the first child.
 */
export function RowList<Listed extends Entry>({
  label,
  entries,
  selected,
  onSelect,
  children,
}: Props<Listed>) {
  const scroller = useRef<HTMLDivElement>(null);
  const isTree = entries.some(({ depth }) => depth !== undefined);
  const at = entries.findIndex(({ key }) => key === selected);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
  });
  // A selection of the address is in view when the list opens.
  useEffect(() => {
    if (at > 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [entries.length > 0]);

  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(event.key, at, entries);
    const entry = entries[target ?? -1];
    if (target === null || !entry) return;
    event.preventDefault();
    onSelect(entry.key);
    virtual.scrollToIndex(target);
  };

  return (
    <div
      ref={scroller}
      className={styles['scroller']}
      role={isTree ? 'tree' : 'listbox'}
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={at === -1 ? undefined : idOf(entries[at])}
      onKeyDown={onKeyDown}
    >
      <div className={styles['rows']} style={{ height: virtual.getTotalSize() }} role="presentation">
        {virtual.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index];
          return (
            entry && (
              <div
                key={entry.key}
                id={idOf(entry)}
                role={isTree ? 'treeitem' : 'option'}
                aria-selected={index === at}
                aria-level={isTree ? (entry.depth ?? 0) + 1 : undefined}
                aria-posinset={index + 1}
                aria-setsize={entries.length}
                className={styles['row']}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
                onClick={() => onSelect(entry.key)}
              >
                {children(entry)}
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function idOf(entry: Entry | undefined): string | undefined {
  return entry && `row-${entry.key}`;
}

function targetOf(key: string, at: number, entries: readonly Entry[]): number | null {
  const depthOf = (index: number) => entries[index]?.depth ?? 0;
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, entries.length - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return entries.length - 1;
    case 'ArrowLeft': {
      const parent = entries.findLastIndex((_entry, index) => index < at && depthOf(index) < depthOf(at));
      return parent === -1 ? null : parent;
    }
    case 'ArrowRight':
      return depthOf(at + 1) > depthOf(at) ? at + 1 : null;
    default:
      return null;
  }
}
