import type { ReactNode } from 'react';
import type { ModelRequest, Run, ToolCall, Turn } from '../api/runs.ts';
import { decisionText } from '../approvals/decision-text.ts';
import { t } from '../i18n/t.ts';
import type { Row } from '../timeline/rows.ts';
import { formatBytes } from '../ui/bytes.ts';
import { formatDuration } from '../ui/duration.ts';
import { TextBlock } from '../ui/text-block.tsx';
import { Time } from '../ui/time.tsx';
import styles from './runs.module.css';

/** What the selected row of the timeline did, in full. */
export function RunInspector({ run, row }: { run: Run; row: Row | null }) {
  return (
    <section className={styles['inspector']} aria-label={t('runs.details')}>
      {run.error && (
        <p className={styles['error']} translate="no">
          {run.error.message}
        </p>
      )}
      {row?.call ? <CallDetails run={run} call={row.call} /> : row && <TurnDetails turn={row.turn} />}
    </section>
  );
}

function TurnDetails({ turn }: { turn: Turn }) {
  return (
    <>
      <h2>{t('runs.turn', { number: turn.index + 1 })}</h2>
      {turn.model_requests.map((request, index) => (
        <RequestDetails key={index} request={request} />
      ))}
      {turn.message_preview && <TextBlock text={turn.message_preview} name="message.txt" />}
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
        <Fact name={t('runs.fact.cost')}>{cost === null ? null : `$${cost.toFixed(6)}`}</Fact>
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
  const { approval } = call;
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
      {call.proposed_arguments !== null && call.proposed_arguments !== call.arguments && (
        <>
          <h3>{t('runs.proposed')}</h3>
          <TextBlock text={call.proposed_arguments} name={`${call.item_id}.proposed.json`} />
        </>
      )}
      <h3>{t('call.arguments')}</h3>
      <TextBlock text={call.arguments} name={`${call.item_id}.arguments.json`} />
      {call.output_head !== null && (
        <>
          <h3>{t('call.output')}</h3>
          <TextBlock text={call.output_head} name={`${call.item_id}.output.txt`} />
          {call.output_bytes !== null && call.output_bytes > call.output_head.length && (
            <a href={`/v1/runs/${run.id}/calls/${call.call_id}/output`} download>
              {t('runs.wholeOutput', { size: formatBytes(call.output_bytes) })}
            </a>
          )}
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
