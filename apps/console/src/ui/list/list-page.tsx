import type { ReactNode } from 'react';
import { PageHead } from '../page-head.tsx';
import styles from './list.module.css';

/**
 * A page that fills the window, for a list. Where there is no room for a list and the entry that is open beside each other, it shows one of them:
 * the entry where the address names one (`isOpen`), else the list with its filters.
 */
export function ListPage({
  title,
  actions,
  isOpen = false,
  children,
}: {
  title: string;
  actions?: ReactNode;
  isOpen?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={styles['page']} data-open={isOpen}>
      <PageHead title={title}>{actions}</PageHead>
      {children}
    </div>
  );
}

/** A list and the entry that is open, beside each other. */
export function Split({ children }: { children: ReactNode }) {
  return <div className={styles['split']}>{children}</div>;
}
