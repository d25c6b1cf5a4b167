import {
  AlertIcon,
  CheckCircleIcon,
  ClockIcon,
  DotFillIcon,
  PersonIcon,
  SkipIcon,
  XCircleIcon,
} from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { t } from '../i18n/t.ts';
import { Badge, type Tone } from './badge.tsx';

export type RunStatus =
  'queued' | 'in_progress' | 'requires_action' | 'completed' | 'incomplete' | 'failed' | 'cancelled';

const looks: Record<RunStatus, { icon: ReactNode; tone: Tone }> = {
  queued: { icon: <ClockIcon size={12} />, tone: 'plain' },
  in_progress: { icon: <DotFillIcon size={12} />, tone: 'busy' },
  requires_action: { icon: <PersonIcon size={12} />, tone: 'wait' },
  completed: { icon: <CheckCircleIcon size={12} />, tone: 'good' },
  incomplete: { icon: <AlertIcon size={12} />, tone: 'wait' },
  failed: { icon: <XCircleIcon size={12} />, tone: 'bad' },
  cancelled: { icon: <SkipIcon size={12} />, tone: 'plain' },
};

/** A run's status as icon, colour and word, so that it does not depend on colour alone. */
export function Status({ status }: { status: RunStatus }) {
  const { icon, tone } = looks[status];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`status.${status}`)}
    </Badge>
  );
}
