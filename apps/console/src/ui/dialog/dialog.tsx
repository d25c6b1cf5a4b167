import { Dialog as Base } from '@base-ui/react/dialog';
import { XIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { t } from '../../i18n/t.ts';
import styles from './dialog.module.css';

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** The buttons at its end. */
  actions?: ReactNode;
}

/** A window over the page that keeps the focus and closes by Escape. */
export function Dialog({ title, isOpen, onClose, children, actions }: Props) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles['backdrop']} />
        <Base.Popup className={styles['popup']}>
          <header className={styles['head']}>
            <Base.Title className={styles['title']}>{title}</Base.Title>
            <Base.Close className={styles['close']} aria-label={t('dialog.close')}>
              <XIcon />
            </Base.Close>
          </header>
          <div className={styles['body']}>{children}</div>
          {actions && <footer className={styles['actions']}>{actions}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
