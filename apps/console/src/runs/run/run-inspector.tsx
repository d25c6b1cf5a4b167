import { GitBranchIcon } from '@primer/octicons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type ModelRequest, type Run, type ToolCall, type Turn, waits } from '../../api/runs.ts';
import { ApprovalCard } from '../../approvals/approval-card.tsx';
import { decisionText } from '../../approvals/decision-text.ts';
import { t } from '../../i18n/t.ts';
import type { Row } from '../../timeline/rows.ts';
import { formatCost } from '../../ui/text/cost.ts';
import { formatDuration } from '../../ui/text/duration.ts';
import { ModelText } from '../../ui/text/markdown.tsx';
import { TextBlock } from '../../ui/text/text-block.tsx';
import { Time } from '../../ui/text/time.tsx';
import { ArgumentsDiff } from './arguments-diff.tsx';
import styles from './run.module.css';

/** What the selected row of the timeline did, in full. */
export function RunInspector({ run, row }: { run: Run; row: Row | null }) {
  return (
    <section className={styles['inspector']} aria-label={t('runs.details')} tabIndex={0}>
      {row?.call ? (
        <CallDetails key={row.key} run={run} call={row.call} />
      ) : (
        row && <TurnDetails run={run} turn={row.turn} />
      )}
    </section>
  );
}

function TurnDetails({ run, turn }: { run: Run; turn: Turn }) {
  return (
    <>
      <h2>{t('runs.turn', { number: turn.index + 1 })}</h2>
      {turn.model_requests.map((request, index) => (
        <RequestDetails key={index} request={request} />
      ))}
      {turn.message_preview && (
        <>
          <h3>{t('runs.said')}</h3>
          <ModelText text={turn.message_preview} />
        </>
      )}
      <p>
        <Link to="/playground" search={{ fork: run.id, turn: turn.index }} className={styles['action'] ?? ''}>
          <GitBranchIcon /> {t('runs.fork.turn')}
        </Link>
      </p>
    </>
  );
}

function RequestDetails({ request }: { request: ModelRequest }) {
  const { usage, first_token_ms: firstTokenMs, cost, attempts } = request;
  return (
    <>
      <dl className={styles['list']}>
        <Fact name={t('runs.fact.model')}>{request.model_used}</Fact>
        <Fact name={t('runs.fact.provider')}>{request.provider}</Fact>
        <Fact name={t('runs.fact.tokens')}>
          {t('playground.tokens', { input: usage.input_tokens, output: usage.output_tokens })}
        </Fact>
        <Fact name={t('runs.fact.firstToken')}>
          {firstTokenMs === null ? null : formatDuration(firstTokenMs)}
        </Fact>
        <Fact name={t('runs.fact.duration')}>{formatDuration(request.duration_ms)}</Fact>
        <Fact name={t('runs.fact.cost')}>{cost === null ? null : formatCost(cost)}</Fact>
        <Fact name={t('runs.fact.error')}>{request.outcome === 'ok' ? null : request.outcome}</Fact>
      </dl>
      {attempts.length > 1 && (
        <ol className={styles['attempts']} aria-label={t('runs.attempts')} translate="no">
          {attempts.map(({ provider, outcome, duration_ms: ms }, index) => (
            <li key={index}>
              {provider}: {outcome} ({formatDuration(ms)})
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function CallDetails({ run, call }: { run: Run; call: ToolCall }) {
  const { approval, output_head: head, output_bytes: bytes } = call;
  const client = useQueryClient();
  const isEdited = call.proposed_arguments !== null && call.proposed_arguments !== call.arguments;
  return (
    <>
      <h2 translate="no">{call.name}</h2>
      <dl className={styles['list']}>
        <Fact name={t('runs.fact.server')}>{call.server_label}</Fact>
        <Fact name={t('runs.fact.duration')}>
          {call.duration_ms === null ? null : formatDuration(call.duration_ms)}
        </Fact>
        <Fact name={t('runs.fact.error')}>{call.error?.message}</Fact>
        <Fact name={t('runs.fact.decision')}>
          {approval?.action && (
            <>
              {decisionText(approval.action, approval.decided_by)}{' '}
              {approval.decided_at && <Time iso={approval.decided_at} />}
            </>
          )}
        </Fact>
      </dl>
      {waits(run, call) ? (
        <ApprovalCard
          request={{ id: call.item_id, type: 'call', name: call.name, arguments: call.arguments }}
          isLost={false}
          onDecided={() => void client.invalidateQueries({ queryKey: ['timeline', run.id] })}
        />
      ) : (
        <>
          <h3>{t(isEdited ? 'runs.diff' : 'call.arguments')}</h3>
          <ArgumentsDiff call={call} />
        </>
      )}
      {head !== null && (
        <>
          <h3>{t('call.output')}</h3>
          <TextBlock
            text={head}
            name={`${call.item_id}.output.txt`}
            whole={{
              bytes: bytes ?? head.length,
              path: `/v1/runs/${run.id}/calls/${encodeURIComponent(call.call_id)}/output`,
            }}
          />
        </>
      )}
    </>
  );
}

/** A fact with its name; nothing where it is not known. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd translate="no">{children}</dd>
    </div>
  );
}
