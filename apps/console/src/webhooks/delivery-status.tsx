import { CheckCircleIcon, ClockIcon, XCircleIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import type { DeliveryStatus as Name } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Badge, type Tone } from '../ui/badge.tsx';

const looks: Record<Name, { icon: ReactNode; tone: Tone }> = {
  pending: { icon: <ClockIcon size={12} />, tone: 'wait' },
  delivered: { icon: <CheckCircleIcon size={12} />, tone: 'good' },
  failed: { icon: <XCircleIcon size={12} />, tone: 'bad' },
};

/** A delivery's status as icon, colour and word. */
export function DeliveryStatus({ status }: { status: Name }) {
  return <Badge {...looks[status]}>{t(`webhooks.status.${status}`)}</Badge>;
}
