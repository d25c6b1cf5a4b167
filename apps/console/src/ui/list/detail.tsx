import { ArrowLeftIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { Button } from '../button.tsx';
import styles from './list.module.css';

interface Props {
  /** What the entry is. */
  label: string;
  /** The words of the way back to the list, where that is not beside it. */
  back: string;
  onClose: () => void;
  children: ReactNode;
}

/** The entry of a list that is open. */
export function Detail({ label, back, onClose, children }: Props) {
  return (
    <section className={styles['detail']} aria-label={label}>
      <Button kind="quiet" className={styles['back'] ?? ''} icon={<ArrowLeftIcon />} onClick={onClose}>
        {back}
      </Button>
      {children}
    </section>
  );
}
