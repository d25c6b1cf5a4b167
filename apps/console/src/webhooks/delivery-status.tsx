import { CheckCircleIcon, ClockIcon, XCircleIcon } from '@primer/octicons-react';
import type { DeliveryStatus as Name } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import styles from './webhooks.module.css';

const icons = {
  pending: <ClockIcon size={12} />,
  delivered: <CheckCircleIcon size={12} />,
  failed: <XCircleIcon size={12} />,
};

/** A delivery's status as icon, colour and word. */
export function DeliveryStatus({ status }: { status: Name }) {
  return (
    <span className={styles['status']} data-status={status}>
      {icons[status]}
      {t(`webhooks.status.${status}`)}
    </span>
  );
}
