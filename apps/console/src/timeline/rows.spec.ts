import { expect, it } from 'vitest';
import type { Run, Timeline, ToolCall } from '../api/runs.ts';
import { rowsOf, spanOf } from './rows.ts';

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
