import type { ReactNode } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../button.tsx';
import { Dialog } from './dialog.tsx';
import styles from './dialog.module.css';

interface Props {
  title: string;
  /** What the button of the answer says. */
  confirm: string;
  isPending: boolean;
  /** Why it did not work. */
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A question before something that cannot be undone. */
export function ConfirmDialog({ title, confirm, isPending, error, onConfirm, onClose, children }: Props) {
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('dialog.back')}</Button>
          <Button kind="danger" disabled={isPending} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      <p>{children}</p>
      {error && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
    </Dialog>
  );
}
