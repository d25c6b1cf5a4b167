/** Answers of the API in our own words, as lists of lines. */

function line(message: object): object {
  return { model: 'qwen3:8b', created_at: '2026-05-04T14:56:49Z', message: { role: 'assistant', content: '', ...message }, done: false };
}

function last(reason: string, message: object = {}): object {
  const counts = { total_duration: 9, load_duration: 1, prompt_eval_count: 26, prompt_eval_duration: 2, eval_count: 30, eval_duration: 6 };
  return { ...line(message), done: true, done_reason: reason, ...counts };
}

export const thoughtAndText = [
  line({ thinking: 'The sea ' }),
  line({ thinking: 'is blue.' }),
  line({ content: 'Blau 🌊' }),
  line({ content: ', ja.' }),
  last('stop'),
];

export const parallelCalls = [
  line({ thinking: 'Both.' }),
  line({ tool_calls: [{ function: { name: 'weather', arguments: { city: 'Köln' } } }] }),
  line({
    tool_calls: [
      { function: { index: 1, name: 'weather', arguments: { city: 'Rom', days: 2 } } },
      { id: 'call_own', function: { name: 'now' } },
    ],
  }),
  last('stop'),
];

export const cutShort = [line({ content: 'Half of ' }), last('length')];

export const whole = [last('stop', { content: 'Hello' })];

export const failed = [line({ content: 'Half of ' }), { error: 'llama runner process has terminated' }];
