import { expect } from 'vitest';

/** The replies of the Jan document, copied; only its omissions (`...`) are filled in. */
export const documentedAnswers = {
  /** Simple Tool Execution */
  created: {
    id: 'resp_01hqr8v9k2x3f4g5h6j7k8m9n0',
    model: 'jan-v2-30b',
    input: "What's the weather in San Francisco?",
    output: 'The current weather in San Francisco is partly cloudy with a temperature of 62°F...',
    status: 'completed',
    usage: { prompt_tokens: 150, completion_tokens: 45, total_tokens: 195 },
    tool_executions: [
      {
        tool_name: 'google_search',
        input: { q: 'San Francisco weather' },
        output: 'Current conditions: Partly cloudy, 62°F...',
        execution_time_ms: 342,
        depth: 0,
      },
    ],
    created_at: '2025-12-23T10:00:00Z',
    completed_at: '2025-12-23T10:00:02Z',
  },
  /** Webhook Notifications */
  webhook: {
    id: 'resp_abc123',
    status: 'completed',
    model: 'jan-v2-30b',
    input: '...',
    output: 'The comprehensive analysis...',
    usage: { prompt_tokens: 200, completion_tokens: 800, total_tokens: 1000 },
    tool_executions: [],
    queued_at: 1705315800,
    started_at: 1705315805,
    completed_at: 1705316122,
    metadata: { user_id: 'user_123', webhook_url: 'https://myapp.com/webhooks/responses' },
  },
  /** Stream Event Format */
  frames: [
    { tool_execution: { tool_name: 'google_search', status: 'started', depth: 0 } },
    { tool_execution: { tool_name: 'google_search', status: 'completed', execution_time_ms: 234 } },
    { delta: { content: 'Based' } },
    { delta: { content: ' on' } },
    { delta: { content: ' recent' } },
  ],
};

/** `2025-12-23T10:00:00Z`, to the second as in the document. */
export const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
export const responseId = /^resp_[0-9a-z]{20,40}$/;

/** Checks that every field of the document is there with a value of the same type, at every level. */
export function expectLikeDocumented(actual: unknown, documented: unknown): void {
  expect(actual).toEqual(like(documented));
}

function like(documented: unknown): unknown {
  if (Array.isArray(documented)) return documented.length === 0 ? expect.any(Array) : documented.map(like);
  if (typeof documented === 'string')
    return isoTime.test(documented) ? expect.stringMatching(isoTime) : expect.any(String);
  if (typeof documented === 'number') return expect.any(Number);
  if (typeof documented === 'boolean') return expect.any(Boolean);
  if (typeof documented !== 'object' || documented === null) return documented;
  const fields = Object.entries(documented).map(([name, value]) => [name, like(value)]);
  return expect.objectContaining(Object.fromEntries(fields) as Record<string, unknown>);
}
