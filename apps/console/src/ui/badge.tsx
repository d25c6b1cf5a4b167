import type { ReactNode } from 'react';
import styles from './badge.module.css';

export type Tone = 'good' | 'bad' | 'wait' | 'busy' | 'plain';

/** A state in a word, with a colour and an icon that say the same. */
export function Badge({
  tone = 'plain',
  icon,
  children,
}: {
  tone?: Tone;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span className={styles['badge']} data-tone={tone}>
      {icon}
      {children}
    </span>
  );
}
