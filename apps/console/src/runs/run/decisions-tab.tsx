import { Link } from '@tanstack/react-router';
import { type Run, type Timeline, type ToolCall, waits } from '../../api/runs.ts';
import { decisionText } from '../../approvals/decision-text.ts';
import { t } from '../../i18n/t.ts';
import { Notice } from '../../ui/page-states.tsx';
import { Time } from '../../ui/text/time.tsx';
import { ArgumentsDiff } from './arguments-diff.tsx';
import styles from './run.module.css';

/** The calls of a run that needed a decision, with who decided what and when. */
export function DecisionsTab({ timeline: { run, turns } }: { timeline: Timeline }) {
  const calls = turns.flatMap((turn) => turn.tool_calls).filter(({ approval }) => approval !== null);
  if (calls.length === 0) return <Notice title={t('runs.noDecisions')} />;
  return (
    <ol className={styles['cards']}>
      {calls.map((call) => (
        <li key={call.item_id} className={styles['card']}>
          <p className={styles['cardHead']}>
            <Link to="/runs/$id" params={{ id: run.id }} search={{ item: call.item_id }} translate="no">
              {call.name}
            </Link>
            <Decided run={run} call={call} />
          </p>
          {call.approval?.message && <p translate="no">{call.approval.message}</p>}
          <ArgumentsDiff call={call} />
        </li>
      ))}
    </ol>
  );
}

function Decided({ run, call }: { run: Run; call: ToolCall }) {
  const { approval, item_id: id } = call;
  if (!approval?.action)
    return waits(run, call) ? (
      <Link to="/approvals" search={{ id }}>
        {t('runs.decision.waits')}
      </Link>
    ) : (
      <span>{t('runs.decision.none')}</span>
    );
  return (
    <span>
      {decisionText(approval.action, approval.decided_by)}{' '}
      {approval.decided_at && <Time iso={approval.decided_at} />}
    </span>
  );
}
