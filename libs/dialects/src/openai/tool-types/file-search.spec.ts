import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../testing/openai-requests.ts';
import { ScriptedRun } from '../../testing/scripted-run.ts';
import { encodeResponse } from '../encode.ts';

const tool = { type: 'file_search', vector_store_ids: ['vs_1', 'vs_2', 'vs_1'] };
const detail = {
  kind: 'file_search' as const,
  queries: ['x'],
  results: [{ fileId: 'file_1', filename: 'a.txt', score: 0.5, attributes: { a: 1 }, text: 'Found.' }],
};

/** The item of a call that found something. */
function itemOf(include: string[]) {
  const [last] = new ScriptedRun({ include })
    .asksServer({ callId: 'c1', name: 'file_search', kind: 'file_search', pieces: ['{"queries":["x"]}'] })
    .details('c1', detail)
    .answers('c1', 'text for the model')
    .ends('completed')
    .slice(-1);
  if (last?.type !== 'response.completed') throw new Error('the run did not complete');
  return encodeResponse(last.response).output[0];
}

describe('file search', () => {
  it('has stores, filters and a ranking', () => {
    const filters = { type: 'or', filters: [{ type: 'in', key: 'a', value: [1, 'b'] }] };
    const ranking_options = {
      ranker: 'auto',
      score_threshold: 0.3,
      hybrid_search: { embedding_weight: 2, text_weight: 1 },
    };
    const { hostedTools } = decode({
      tools: [{ ...tool, filters, max_num_results: 7, ranking_options }],
    }).request;
    expect(hostedTools).toMatchObject([
      {
        kind: 'file_search',
        options: {
          storeIds: ['vs_1', 'vs_2'],
          filter: filters,
          resultsMax: 7,
          scoreMin: 0.3,
          weights: { words: 1, meaning: 2 },
        },
      },
    ]);
    expect(decode({ tools: [tool] }).request.hostedTools).toMatchObject([
      { options: { filter: null, resultsMax: 10, scoreMin: 0, weights: { words: 1, meaning: 1 } } },
    ]);
  });

  it.each([
    [{ vector_store_ids: [] }, 'tools[0].vector_store_ids'],
    [{ filters: { type: 'like', key: 'a', value: 'b' } }, 'tools[0].filters'],
    [{ max_num_results: 51 }, 'tools[0].max_num_results'],
    [{ ranking_options: { score_threshold: 2 } }, 'tools[0].ranking_options.score_threshold'],
  ])('refuses %o', (changes, param) => {
    expect(refusalOf({ tools: [{ ...tool, ...changes }] }).param).toContain(param);
  });

  it('has results where the request includes them', () => {
    const item = { type: 'file_search_call', status: 'completed', queries: ['x'] };
    expect(itemOf([])).toMatchObject({ ...item, results: null });
    expect(itemOf(['file_search_call.results'])).toMatchObject({
      ...item,
      results: [{ file_id: 'file_1', filename: 'a.txt', score: 0.5, attributes: { a: 1 }, text: 'Found.' }],
    });
  });

  it('reads calls that the client sends back, with their results where they have them', () => {
    const call = { type: 'file_search_call', id: 'fs_1', status: 'completed', queries: ['x'] };
    const results = [{ file_id: 'file_1', filename: 'a.txt', text: 'Found.' }];
    expect(inputOf({ ...call, results })).toMatchObject([
      { type: 'function_call', kind: 'file_search', callId: 'fs_1', arguments: '{"queries":["x"]}' },
      { type: 'function_call_output', callId: 'fs_1', output: 'a.txt\nFound.' },
    ]);
    expect(inputOf({ ...call, results: null })).toMatchObject([
      {},
      { output: expect.stringContaining('are not kept') as string },
    ]);
  });
});
