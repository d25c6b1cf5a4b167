import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { t } from '../i18n/t.ts';
import { Detail } from '../ui/list/detail.tsx';
import { formatDuration } from '../ui/text/duration.ts';
import { ToolParameters } from './tool-parameters.tsx';
import type { Tool } from './tools-api.ts';
import styles from './tools.module.css';
import { TryForm } from './try-form.tsx';

/** A tool as models see it, how it may be used, and a form to call it. */
export function ToolDetail({ tool, onClose }: { tool: Tool; onClose: () => void }) {
  const id = useId();
  const { name, description, server_label: label, parameters } = tool;
  return (
    <Detail label={{ headingId: id }} back={t('tools.list')} onClose={onClose}>
      <header className={styles['head']}>
        <h2 id={id} translate="no">
          {name}
        </h2>
        <p className={styles['origin']}>
          {label === null ? (
            t('tools.builtIn')
          ) : (
            <Link to="/tools" search={{ tab: 'servers', server: label }} translate="no">
              {label}
            </Link>
          )}
        </p>
      </header>
      <p className={styles['description']} translate="no">
        {description}
      </p>
      <Policy tool={tool} />
      <ToolParameters key={name} schema={parameters} name={name} />
      <TryForm tool={tool} />
    </Detail>
  );
}

function Policy({ tool }: { tool: Tool }) {
  const { annotations, approval, timeout_ms: timeoutMs, in_all: isInAll } = tool;
  return (
    <dl className={styles['facts']}>
      <div>
        <dt>{t('tools.effects')}</dt>
        <dd>
          {t(
            annotations.read_only
              ? 'tools.readOnly'
              : annotations.destructive
                ? 'tools.destructive'
                : 'tools.writes',
          )}
          {!annotations.read_only && annotations.idempotent && ` ${t('tools.idempotent')}`}
        </dd>
      </div>
      <div>
        <dt>{t('tools.approval')}</dt>
        <dd>
          {t(`tools.approval.${approval}`)}
          {approval === 'unsafe' &&
            ` ${t(tool.needs_approval ? 'tools.approval.waits' : 'tools.approval.runs')}`}
        </dd>
      </div>
      <div>
        <dt>{t('tools.timeout')}</dt>
        <dd translate="no">{formatDuration(timeoutMs)}</dd>
      </div>
      <div>
        <dt>{t('tools.selection')}</dt>
        <dd>{t(isInAll ? 'tools.inAll' : 'tools.byName')}</dd>
      </div>
    </dl>
  );
}
