import { expect, it } from 'vitest';
import type { Run, Timeline, ToolCall } from '../api/runs.ts';
import { compactRows, momentsOf, rowNamed, rowsOf, spanOf } from './rows.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const start = Date.parse(at(0));
const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };

const call: ToolCall = {
  call_id: 'c1',
  item_id: 'fc_1',
  name: 'post',
  server_label: 'docs',
  arguments: '{}',
  proposed_arguments: null,
  output_head: null,
  output_bytes: null,
  error: null,
  state: 'started',
  started_at: at(4),
  duration_ms: null,
  approval: { requested_at: at(1), decided_at: at(3), decided_by: 'u', action: 'accept', message: null },
};
const request = {
  started_at: at(0),
  duration_ms: 1_000,
  first_token_ms: null,
  outcome: 'ok',
  provider: 'p',
  model_used: 'm',
  usage,
  cost: null,
  attempts: [],
};
const run = { created_at: at(0), completed_at: null } as Run; // the rows read nothing else
const timeline: Timeline = {
  run,
  server_time: at(9),
  turns: [{ index: 0, model_requests: [request], tool_calls: [call], message_preview: null }],
};

it('shows the requests, the waiting and the calls of a turn as bars; what runs ends now', () => {
  const now = start + 9_000;
  const rows = rowsOf(timeline, now).map(({ label, depth, bars }) => ({
    label,
    depth,
    bars: bars.map(({ from, to, kind }) => [kind, from - start, to - start]),
  }));
  expect(rows).toEqual([
    { label: 'm', depth: 0, bars: [['model', 0, 1_000]] },
    {
      label: 'docs / post',
      depth: 1,
      bars: [
        ['wait', 1_000, 3_000],
        ['tool', 4_000, 9_000],
      ],
    },
  ]);
  expect(spanOf(timeline, now)).toEqual({ from: start, to: now });
});

it('fits a run of no time', () => {
  const over: Timeline = { ...timeline, run: { ...run, completed_at: at(0) } };
  expect(spanOf(over, start)).toEqual({ from: start, to: start + 1 });
});

it('shows a turn in one line, with parallel calls in lanes of their own', () => {
  const calls = [
    { ...call, approval: null, started_at: at(1), duration_ms: 2_000 },
    { ...call, item_id: 'fc_2', name: 'get', server_label: null, approval: null, started_at: at(2) },
    { ...call, item_id: 'fc_3', approval: null, started_at: at(4), duration_ms: 1_000 },
  ];
  const turns = [{ index: 0, model_requests: [request], tool_calls: calls, message_preview: null }];
  const [row, ...others] = compactRows(rowsOf({ ...timeline, turns }, start + 9_000));
  expect(others).toEqual([]);
  expect(row?.label).toBe('m → docs / post, get, docs / post');
  expect(row?.bars.map(({ from, lane }) => [from - start, lane])).toEqual([
    [0, 0],
    [1_000, 0],
    [2_000, 1],
    [4_000, 0],
  ]);
  expect(row?.lanes).toBe(2);
});

it('lists what happened in the order of time; a moment names its row', () => {
  const rows = rowsOf(timeline, start + 9_000);
  const moments = momentsOf(rows);
  expect(moments.map(({ what, at: when }) => [what, when - start])).toEqual([
    ['asked', 0],
    ['answered', 1_000],
    ['waited', 1_000],
    ['decided', 3_000],
    ['started', 4_000],
  ]);
  expect(rowNamed(rows, moments[3]?.key)).toBe(rows[1]);
  expect(rowNamed(rows, 'gone')).toBeUndefined();
});
