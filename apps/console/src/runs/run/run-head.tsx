import { CommentDiscussionIcon, GitBranchIcon, SquareFillIcon } from '@primer/octicons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { sendJson } from '../../api/http.ts';
import { isOver, type Run } from '../../api/runs.ts';
import { t } from '../../i18n/t.ts';
import { Button, buttonLook } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/buttons/copy-button.tsx';
import { formatCost } from '../../ui/text/cost.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Fault } from '../../ui/fault.tsx';
import { Status } from '../../ui/status.tsx';
import { Lasted } from '../run-row.tsx';
import styles from './run.module.css';

/** What a run is and how it stands, and what can be done with it. */
export function RunHead({ run }: { run: Run }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => sendJson(`/v1/responses/${run.id}/cancel`, { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: ['timeline', run.id] }),
  });
  return (
    <>
      <PageHead
        title={
          <span className={styles['title']} translate="no" title={run.preview}>
            {run.preview || run.id}
          </span>
        }
      >
        <span className={styles['actions']}>
          {!isOver(run) && (
            <Button
              kind="danger"
              icon={<SquareFillIcon />}
              disabled={cancel.isPending}
              onClick={() => cancel.mutate()}
            >
              {t('runs.cancel')}
            </Button>
          )}
          <Link
            to="/playground"
            search={{ fork: run.id, turn: Math.max(0, run.turns - 1) }}
            className={buttonLook()}
          >
            <GitBranchIcon /> {t('runs.fork')}
          </Link>
          {run.conversation_id !== null && (
            <Link
              to="/conversations/$id"
              params={{ id: run.conversation_id }}
              search={{ turn: run.id }}
              className={buttonLook()}
            >
              <CommentDiscussionIcon /> {t('runs.conversation')}
            </Link>
          )}
          <CopyButton text={run.id} label={t('runs.copy')} />
        </span>
      </PageHead>
      <div className={styles['facts']}>
        <Status status={run.status} />
        <code translate="no">{run.id}</code>
        <span translate="no">{run.dialect}</span>
        <span translate="no">{run.model_used ?? run.model}</span>
        <span translate="no">
          <Lasted run={run} />
        </span>
        <span>{t('runs.tokens', { count: run.usage.total_tokens })}</span>
        {run.cost !== null && <span translate="no">{formatCost(run.cost)}</span>}
      </div>
      {run.error && (
        <p className={styles['error']} translate="no">
          {run.error.message}
        </p>
      )}
      {cancel.isError && (
        <div className={styles['fault']}>
          <Fault error={cancel.error} />
        </div>
      )}
    </>
  );
}
