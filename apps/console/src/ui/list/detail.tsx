import { ArrowLeftIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { Button } from '../button.tsx';
import styles from './list.module.css';

interface Props {
  /** What the entry is: a text of the console, or the id of its heading. */
  label: string | { headingId: string };
  /** The words of the way back to the list, where that is not beside it. */
  back: string;
  onClose: () => void;
  children: ReactNode;
}

/** The entry of a list that is open. */
export function Detail({ label, back, onClose, children }: Props) {
  const name = typeof label === 'string' ? { 'aria-label': label } : { 'aria-labelledby': label.headingId };
  return (
    <section className={styles['detail']} {...name}>
      <Button kind="quiet" className={styles['back'] ?? ''} icon={<ArrowLeftIcon />} onClick={onClose}>
        {back}
      </Button>
      {children}
    </section>
  );
}
