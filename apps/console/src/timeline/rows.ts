import type { Timeline, ToolCall, Turn } from '../api/runs.ts';

/** A bar of the timeline. Times are milliseconds since the epoch. */
export interface Bar {
  from: number;
  to: number;
  kind: 'model' | 'tool' | 'wait' | 'bad';
}

/** A line of the timeline: a turn of the model, or a call of a tool below it. */
export interface Row {
  key: string;
  label: string;
  depth: 0 | 1;
  bars: readonly Bar[];
  turn: Turn;
  call: ToolCall | null;
}

/** The lines of a run. What has not ended ends `now`. */
export function rowsOf({ turns }: Timeline, now: number): Row[] {
  return turns.flatMap((turn) => [
    turnRow(turn),
    ...turn.tool_calls.map((call): Row => ({
      key: call.item_id,
      label: call.server_label === null ? call.name : `${call.server_label} / ${call.name}`,
      depth: 1,
      bars: callBars(call, now),
      turn,
      call,
    })),
  ]);
}

function turnRow(turn: Turn): Row {
  return {
    key: `turn-${turn.index}`,
    label: turn.model_requests.at(-1)?.model_used ?? '',
    depth: 0,
    bars: turn.model_requests.map(({ started_at: startedAt, duration_ms: lasted, outcome }) => {
      const from = time(startedAt);
      return { from, to: from + lasted, kind: outcome === 'ok' ? 'model' : 'bad' };
    }),
    turn,
    call: null,
  };
}

function callBars(call: ToolCall, now: number): Bar[] {
  const bars: Bar[] = [];
  const { approval } = call;
  if (approval?.requested_at)
    bars.push({
      from: time(approval.requested_at),
      to: approval.decided_at === null ? now : time(approval.decided_at),
      kind: 'wait',
    });
  if (call.started_at !== null) {
    const from = time(call.started_at);
    const to = call.duration_ms === null ? now : from + call.duration_ms;
    bars.push({ from, to, kind: call.error === null ? 'tool' : 'bad' });
  }
  return bars;
}

/** The time that a timeline covers: from the run's creation to its end, or to now. */
export function spanOf({ run }: Timeline, now: number): { from: number; to: number } {
  const from = time(run.created_at);
  const to = run.completed_at === null ? now : time(run.completed_at);
  return { from, to: Math.max(to, from + 1) };
}

function time(iso: string | null): number {
  return iso === null ? 0 : Date.parse(iso);
}
