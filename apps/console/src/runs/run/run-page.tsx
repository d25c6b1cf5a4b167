import { Tabs } from '@base-ui/react/tabs';
import { useNavigate } from '@tanstack/react-router';
import { runRoute } from '../../app/router.tsx';
import { type RunTab, runTabs } from '../../app/run-search.ts';
import type { Timeline } from '../../api/runs.ts';
import { t } from '../../i18n/t.ts';
import { useTimeline } from '../../timeline/use-timeline.ts';
import { Failure, Loading } from '../../ui/page-states.tsx';
import { DecisionsTab } from './decisions-tab.tsx';
import { EventsTab } from './events-tab.tsx';
import { RequestTab, ResponseTab } from './request-tab.tsx';
import { RunHead } from './run-head.tsx';
import styles from './run.module.css';
import { TimelineTab } from './timeline-tab.tsx';
import { WebhooksTab } from './webhooks-tab.tsx';

/** One run: its head, and its parts in tabs. The tab is in the address. */
export function RunPage() {
  const { id } = runRoute.useParams();
  const { tab = 'timeline' } = runRoute.useSearch();
  const timeline = useTimeline(id, { isStreamed: tab !== 'events' });
  if (timeline.isPending) return <Loading rows={8} />;
  if (!timeline.data) return <Failure error={timeline.error} retry={() => void timeline.refetch()} />;
  return <LoadedRun timeline={timeline.data} tab={tab} />;
}

function LoadedRun({ timeline, tab }: { timeline: Timeline; tab: RunTab }) {
  const { run } = timeline;
  const navigate = useNavigate();
  const open = (next: RunTab) =>
    void navigate({
      to: '/runs/$id',
      params: { id: run.id },
      search: next === 'timeline' ? {} : { tab: next },
    });
  return (
    <div className={styles['page']}>
      <RunHead run={run} />
      <Tabs.Root value={tab} onValueChange={(value: RunTab) => open(value)} className={styles['tabs'] ?? ''}>
        <Tabs.List className={styles['tabList'] ?? ''} aria-label={t('runs.tabs')}>
          {runTabs.map((name) => (
            <Tabs.Tab key={name} value={name} className={styles['tab'] ?? ''}>
              {t(`runs.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="timeline" className={styles['panel'] ?? ''}>
          <TimelineTab timeline={timeline} />
        </Tabs.Panel>
        <Tabs.Panel value="events" className={styles['panel'] ?? ''}>
          <EventsTab key={run.id} run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="request" className={styles['panel'] ?? ''}>
          <RequestTab run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="response" className={styles['panel'] ?? ''}>
          <ResponseTab run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="decisions" className={styles['panel'] ?? ''}>
          <DecisionsTab timeline={timeline} />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks" className={styles['panel'] ?? ''}>
          <WebhooksTab deliveries={timeline.deliveries ?? []} />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  );
}
