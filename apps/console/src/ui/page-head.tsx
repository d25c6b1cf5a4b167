import type { ReactNode } from 'react';
import styles from './page-head.module.css';

/** The title of a page with its actions. */
export function PageHead({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <header className={styles['head']}>
      <h1>{title}</h1>
      {children}
    </header>
  );
}
