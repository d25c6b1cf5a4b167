import { GitBranchIcon, SquareFillIcon } from '@primer/octicons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { runRoute } from '../app/router.tsx';
import { sendJson } from '../api/http.ts';
import { isOver, useTimeline } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { TimelineView } from '../timeline/timeline-view.tsx';
import { rowsOf } from '../timeline/rows.ts';
import { Button } from '../ui/button.tsx';
import { Failure, Loading } from '../ui/page-states.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Status } from '../ui/status.tsx';
import { RunInspector } from './run-inspector.tsx';
import styles from './runs.module.css';

/** One run: its timeline beside what is selected in it. The selection is in the address and replaces it, so that Back leaves the run. */
export function RunPage() {
  const { id } = runRoute.useParams();
  const { item } = runRoute.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const timeline = useTimeline(id);
  const cancel = useMutation({
    mutationFn: () => sendJson(`/v1/responses/${id}/cancel`, { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: ['timeline', id] }),
  });

  if (timeline.isPending) return <Loading rows={8} />;
  if (timeline.isError) return <Failure error={timeline.error} retry={() => void timeline.refetch()} />;
  const { run } = timeline.data;
  const rows = rowsOf(timeline.data, Date.now());
  const selected = rows.find(({ key }) => key === item) ?? rows[0];
  return (
    <div className={styles['page']}>
      <PageHead
        title={
          <span className={styles['title']}>
            <span translate="no">{run.preview || run.id}</span>
            <Status status={run.status} />
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
          <Link to="/playground" search={{ run: run.id }} className={styles['action'] ?? ''}>
            <GitBranchIcon /> {t('runs.fork')}
          </Link>
        </span>
      </PageHead>
      {cancel.isError && <Failure error={cancel.error} />}
      <div className={styles['split']}>
        <TimelineView
          timeline={timeline.data}
          selected={selected?.key ?? null}
          onSelect={(key) =>
            void navigate({ to: '/runs/$id', params: { id }, search: { item: key }, replace: true })
          }
        />
        <RunInspector run={run} row={selected ?? null} />
      </div>
    </div>
  );
}
