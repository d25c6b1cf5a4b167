import type { Timeline, ToolCall, Turn } from '../api/runs.ts';

/** A bar of the timeline. Times are milliseconds since the epoch. */
export interface Bar {
  from: number;
  to: number;
  kind: 'model' | 'tool' | 'wait' | 'bad';
  /** The line within the row, from 0 on: bars of one line do not overlap. */
  lane: number;
}

/** A line of the timeline: a turn of the model, or a call of a tool below it. */
export interface Row {
  key: string;
  label: string;
  depth: 0 | 1;
  bars: readonly Bar[];
  /** How many lines its bars need: 1 at least. */
  lanes: number;
  turn: Turn;
  call: ToolCall | null;
}

/** What happened at one time. */
export interface Moment {
  /** The key of its row, and its place among all moments. */
  key: string;
  at: number;
  what: 'asked' | 'answered' | 'broke' | 'waited' | 'decided' | 'started' | 'ended' | 'failed';
  row: Row;
}

/** The lines of a run, as a tree. What has not ended ends `now`. */
export function rowsOf({ turns }: Timeline, now: number): Row[] {
  return turns.flatMap((turn) => [
    turnRow(turn),
    ...turn.tool_calls.map((call): Row => ({
      key: call.item_id,
      label: call.server_label === null ? call.name : `${call.server_label} / ${call.name}`,
      depth: 1,
      bars: callBars(call, now),
      lanes: 1,
      turn,
      call,
    })),
  ]);
}

/** A line for each turn, with its calls: those that ran at the same time are below each other. */
export function compactRows(rows: readonly Row[]): Row[] {
  return rows
    .filter(({ call }) => call === null)
    .map((row) => {
      const calls = rows.filter(({ call, turn }) => call !== null && turn === row.turn);
      const bars = inLanes([row, ...calls].map((each) => each.bars));
      const names = calls.map(({ label }) => label).join(', ');
      return {
        ...row,
        label: names ? `${row.label} → ${names}` : row.label,
        bars,
        lanes: Math.max(...bars.map(({ lane }) => lane + 1), 1),
      };
    });
}

/** What happened, one after the other. */
export function momentsOf(rows: readonly Row[]): Moment[] {
  return rows
    .flatMap((row) => (row.call ? callMoments(row, row.call) : turnMoments(row)))
    .toSorted((a, b) => a.at - b.at)
    .map((moment, place) => ({ ...moment, key: `${moment.row.key}${keySeparator}${place}` }));
}

/** The row that a key of a row or a moment names, if there is one. */
export function rowNamed(rows: readonly Row[], key: string | undefined): Row | undefined {
  const name = key?.split(keySeparator)[0];
  return rows.find((row) => row.key === name);
}

const keySeparator = '@';

/** The time that a timeline covers: from the run's creation to its end, or to now. */
export function spanOf({ run }: Timeline, now: number): { from: number; to: number } {
  const from = time(run.created_at);
  const to = run.completed_at === null ? now : time(run.completed_at);
  return { from, to: Math.max(to, from + 1) };
}

function turnRow(turn: Turn): Row {
  return {
    key: `turn-${turn.index}`,
    label: turn.model_requests.at(-1)?.model_used ?? '',
    depth: 0,
    bars: turn.model_requests.map(({ started_at: startedAt, duration_ms: lasted, outcome }) => {
      const from = time(startedAt);
      return { from, to: from + lasted, kind: outcome === 'ok' ? 'model' : 'bad', lane: 0 };
    }),
    lanes: 1,
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
      lane: 0,
    });
  if (call.started_at !== null) {
    const from = time(call.started_at);
    const to = call.duration_ms === null ? now : from + call.duration_ms;
    bars.push({ from, to, kind: call.error === null ? 'tool' : 'bad', lane: 0 });
  }
  return bars;
}

/** Puts each group of bars into the first lane that is free for all of it. */
function inLanes(groups: readonly (readonly Bar[])[]): Bar[] {
  const laneEnds: number[] = [];
  return groups
    .filter((group) => group.length > 0)
    .toSorted((a, b) => startOf(a) - startOf(b))
    .flatMap((group) => {
      const free = laneEnds.findIndex((end) => end <= startOf(group));
      const lane = free === -1 ? laneEnds.length : free;
      laneEnds[lane] = Math.max(...group.map(({ to }) => to));
      return group.map((bar) => ({ ...bar, lane }));
    });
}

function startOf(bars: readonly Bar[]): number {
  return Math.min(...bars.map(({ from }) => from));
}

type Happened = Omit<Moment, 'key'>;

function turnMoments(row: Row): Happened[] {
  return row.turn.model_requests.flatMap(({ started_at: startedAt, duration_ms: lasted, outcome }) => {
    const at = time(startedAt);
    return [
      { at, what: 'asked' as const, row },
      { at: at + lasted, what: outcome === 'ok' ? ('answered' as const) : ('broke' as const), row },
    ];
  });
}

function callMoments(row: Row, call: ToolCall): Happened[] {
  const { approval, started_at: startedAt, duration_ms: lasted } = call;
  const moments: Happened[] = [];
  if (approval?.requested_at) moments.push({ at: time(approval.requested_at), what: 'waited', row });
  if (approval?.decided_at) moments.push({ at: time(approval.decided_at), what: 'decided', row });
  if (startedAt === null) return moments;
  moments.push({ at: time(startedAt), what: 'started', row });
  if (lasted !== null)
    moments.push({ at: time(startedAt) + lasted, what: call.error === null ? 'ended' : 'failed', row });
  return moments;
}

function time(iso: string | null): number {
  return iso === null ? 0 : Date.parse(iso);
}
