import type { ReactNode } from 'react';
import styles from './cards.module.css';

/** A part of a page with cards below each other, which scrolls. */
export function Cards({ children }: { children: ReactNode }) {
  return <div className={styles['area']}>{children}</div>;
}

/** A list of cards, one for each child. */
export function CardList({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={styles['list']} aria-label={label}>
      {children}
    </ul>
  );
}

interface CardProps {
  label: string;
  /** Whether it needs the user now. */
  isUrgent?: boolean;
  children: ReactNode;
}

/** One thing with its facts and what can be done about it. */
export function Card({ label, isUrgent = false, children }: CardProps) {
  return (
    <article className={styles['card']} aria-label={label} data-urgent={isUrgent}>
      {children}
    </article>
  );
}

/** The name of a thing with its state. */
export function CardHead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <header className={styles['head']}>
      <h2 translate="no">{title}</h2>
      {children}
    </header>
  );
}

/** Buttons and links in a line. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles['actions']}>{children}</div>;
}
