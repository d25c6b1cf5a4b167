import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { useNavigate } from '@tanstack/react-router';
import { runRoute } from '../../app/router.tsx';
import { timelineForms, type TimelineForm } from '../../app/run-search.ts';
import { type Timeline, waits } from '../../api/runs.ts';
import { serverNow } from '../../api/server-clock.ts';
import { t } from '../../i18n/t.ts';
import { rowNamed, rowsOf } from '../../timeline/rows.ts';
import { TimelineView } from '../../timeline/timeline-view.tsx';
import { Notice } from '../../ui/page-states.tsx';
import { RunInspector } from './run-inspector.tsx';
import styles from './run.module.css';

/** The timeline beside what is selected in it. The form is a step of the history, the selection replaces it: Back leaves the run. */
export function TimelineTab({ timeline }: { timeline: Timeline }) {
  const { form = 'timeline', item } = runRoute.useSearch();
  const navigate = useNavigate();
  const rows = rowsOf(timeline, serverNow());
  const selected =
    rowNamed(rows, item) ?? rows.find(({ call }) => call && waits(timeline.run, call)) ?? rows[0];
  const { id } = timeline.run;
  const show = (search: { form?: TimelineForm; item?: string | undefined }, replace: boolean) =>
    void navigate({ to: '/runs/$id', params: { id }, search: { form, item, ...search }, replace });
  if (rows.length === 0) return <Notice title={t('runs.noTurns')} />;
  return (
    <div className={styles['split']}>
      <div className={styles['left']}>
        <ToggleGroup
          className={styles['forms'] ?? ''}
          aria-label={t('timeline.form')}
          value={[form]}
          onValueChange={([next]) => {
            if (next) show({ form: next }, false);
          }}
        >
          {timelineForms.map((name) => (
            <Toggle key={name} value={name} className={styles['form'] ?? ''}>
              {t(`timeline.form.${name}`)}
            </Toggle>
          ))}
        </ToggleGroup>
        <TimelineView
          timeline={timeline}
          form={form}
          selected={item ?? selected?.key ?? null}
          onSelect={(key) => show({ item: key }, true)}
        />
      </div>
      <RunInspector run={timeline.run} row={selected ?? null} />
    </div>
  );
}
