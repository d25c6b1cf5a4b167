import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { answer, piece, readDeltas, readWhole } from './__fixtures__/read-deltas.ts';
import { imageCharactersMax } from '../answers/image-limit.ts';

describe('the texts, thoughts and citations of an answer', () => {
  it('passes on the log probabilities of tokens', () => {
    const burst: ModelDelta[] = [];
    const tokens = [
      { token: 'Yes', logprob: -0.1, bytes: [1], top_logprobs: [{ token: 'No', logprob: -3, bytes: null }] },
      { token: 7 },
    ];
    const choice = { delta: { content: 'Yes' }, logprobs: { content: tokens }, finish_reason: 'stop' };
    answer().event(JSON.stringify({ choices: [choice] }), burst);
    expect(burst).toEqual([
      {
        type: 'text',
        text: 'Yes',
        logprobs: [
          { token: 'Yes', logprob: -0.1, bytes: [1], top: [{ token: 'No', logprob: -3, bytes: [78, 111] }] },
        ],
      },
    ]);
  });

  it('keeps the data that goes back to a provider with its thoughts and calls', () => {
    const detail = (more: object) => ({ reasoning_details: [{ index: 0, type: 'reasoning.text', ...more }] });
    const extra_content = { google: { thought_signature: 'abc' } };
    const burst = readDeltas([
      { reasoning: 'Hm', ...detail({ text: 'H' }) },
      detail({ text: 'm', signature: null }),
      detail({ signature: 'xyz' }),
      { reasoning_details: [{ index: 1, type: 'reasoning.encrypted', data: '123' }] },
      piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' }, extra_content }),
    ]);
    expect(burst.filter(({ type }) => type.endsWith('_origin')).slice(1)).toEqual([
      {
        type: 'reasoning_origin',
        origin: {
          provider: 'here',
          field: 'reasoning',
          details: [
            { index: 0, type: 'reasoning.text', text: 'Hm', signature: 'xyz' },
            { index: 1, type: 'reasoning.encrypted', data: '123' },
          ],
        },
      },
      { type: 'call_origin', call: 0, origin: { provider: 'here', extraContent: extra_content } },
    ]);
  });

  it("sends a thought's data before the next item, and later data at the end", () => {
    const detail = (data: string) => ({
      reasoning_details: [{ index: 0, type: 'reasoning.encrypted', data }],
    });
    const burst = readDeltas([detail('H'), detail('m'), { content: 'Yes' }, { content: '!' }, detail('?')]);
    expect(burst.map(({ type }) => type)).toEqual([
      'reasoning_origin',
      'reasoning_origin',
      'text',
      'text',
      'reasoning_origin',
      'end',
    ]);
    expect(burst[1]).toMatchObject({ origin: { details: [{ data: 'Hm' }] } });
    expect(burst[4]).toMatchObject({ origin: { details: [{ data: 'Hm?' }] } });
  });

  it('begins a thought without readable text before the answer', () => {
    const encrypted = { index: 0, type: 'reasoning.encrypted', data: '123' };
    const burst = readDeltas([{ reasoning_details: [encrypted] }, { content: 'Yes' }]);
    expect(burst.map(({ type }) => type)).toEqual(['reasoning_origin', 'reasoning_origin', 'text', 'end']);
  });

  it('reads content in parts, thoughts among them', () => {
    const burst = readDeltas([
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] },
      { content: [{ type: 'text', text: 'Yes' }, { type: 'image' }, null] },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Yes' },
    ]);
  });

  it('passes on citations and the tier', () => {
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 1, end_index: 4 };
    const burst = readDeltas([
      { content: 'Yes.', annotations: [{ type: 'url_citation', url_citation }, { type: 'other' }, 7] },
    ]);
    expect(burst[1]).toEqual({
      type: 'citation',
      citation: { url: 'https://a.example', title: 'A', startIndex: 1, endIndex: 4 },
    });
    const reader = answer();
    const end: ModelDelta[] = [];
    reader.event(
      JSON.stringify({ service_tier: 'flex', choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] }),
      end,
    );
    reader.end(end);
    expect(end.at(-1)).toMatchObject({ type: 'end', serviceTier: 'flex' });
  });

  it('passes on text, refusal and both spellings of reasoning', () => {
    const burst = readDeltas([
      { reasoning_content: 'Hm' },
      { reasoning: ', ok' },
      { role: 'assistant', content: '' },
      { content: 'Yes' },
      { refusal: 'No' },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'reasoning_origin', origin: { provider: 'here', field: 'reasoning_content' } },
      { type: 'reasoning', text: 'Hm' },
      { type: 'reasoning', text: ', ok' },
      { type: 'text', text: 'Yes' },
      { type: 'refusal', text: 'No' },
    ]);
  });

  it('joins halves of characters in texts, thoughts, refusals and arguments', () => {
    const cry = ['\ud83d', '\ude22'];
    const burst = readDeltas([
      ...cry.map((half) => ({ reasoning_content: half })),
      ...cry.map((half) => ({ content: half })),
      ...cry.map((half) => ({ refusal: half })),
      ...[`{"x":"${cry[0]}`, `${cry[1]}"}`].map((half, at) =>
        piece({ index: 0, function: { ...(at === 0 && { name: 'one' }), arguments: half } }),
      ),
    ]);
    const texts = burst.flatMap((delta) => ('text' in delta ? [[delta.type, delta.text]] : []));
    expect(texts).toEqual([
      ['reasoning', '😢'],
      ['text', '😢'],
      ['refusal', '😢'],
      ['arguments', '{"x":"'],
      ['arguments', '😢"}'],
    ]);
  });

  it('replaces half a character and NUL by U+FFFD', () => {
    const burst = readDeltas([{ content: 'a\ud83d' }, { content: 'b\udc00\0' }, { content: '\ud83d' }]);
    const text = burst.flatMap((delta) => (delta.type === 'text' ? [delta.text] : [])).join('');
    expect(text).toBe('a\ufffdb\ufffd\ufffd\ufffd');
  });

  it('replaces NUL characters, which a caller could not send back, by U+FFFD', () => {
    const burst = readDeltas([
      { reasoning_content: 'a\0' },
      { content: 'b\0' },
      piece({ index: 0, function: { name: 'one', arguments: '{"x":"\0","y":"\\u0000"}' } }),
    ]);
    const texts = burst.flatMap((delta) => ('text' in delta ? [delta.text] : []));
    expect(texts).toEqual(['a\ufffd', 'b\ufffd', '{"x":"\ufffd","y":"\\u0000"}']);
  });

  it('passes on the log probabilities of a cut character with the character', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    for (const half of ['\ud83d', '\ude22']) {
      const logprobs = { content: [{ token: half, logprob: -1, bytes: [1] }] };
      reader.event(JSON.stringify({ choices: [{ delta: { content: half }, logprobs }] }), burst);
    }
    expect(burst).toMatchObject([{ text: '😢', logprobs: [{ logprob: -1 }, { logprob: -1 }] }]);
  });

  it('cites the pages of a list at their numbers in the text, and the other pages after it', () => {
    const [first, second] = ['https://a.example', 'https://b.example'];
    const lists = {
      citations: [first, second],
      search_results: [{ url: first, title: 'A', date: null }],
    };
    const reader = answer();
    const burst: ModelDelta[] = [];
    for (const content of ['So 😢 it', ' is[1].', ' Not [7].'])
      reader.event(JSON.stringify({ ...lists, choices: [{ delta: { content } }] }), burst);
    reader.event('[DONE]', burst);
    expect(burst.flatMap((delta) => (delta.type === 'citation' ? [delta.citation] : []))).toEqual([
      { url: first, title: 'A', startIndex: 10, endIndex: 13 },
      { url: second, title: '', startIndex: 23, endIndex: 23 },
    ]);
  });

  it('counts a page that is listed twice as two numbers', () => {
    const search_results = ['https://a.example', 'https://a.example', 'https://b.example'].map((url) => ({
      url,
    }));
    const burst = readWhole({ search_results, choices: [{ message: { content: 'x[3]' } }] });
    expect(burst.flatMap((delta) => (delta.type === 'citation' ? [delta.citation.url] : []))).toEqual([
      'https://b.example',
      'https://a.example',
    ]);
  });

  it('cites a page once, even if it is sent several times and in several forms', () => {
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 3 };
    const annotations = [
      { type: 'url_citation', url_citation },
      { type: 'url_citation', ...url_citation },
    ];
    const message = { content: 'Yes', annotations };
    const burst = readWhole({ citations: ['https://a.example'], choices: [{ message }] });
    expect(burst.filter(({ type }) => type === 'citation')).toHaveLength(1);
  });

  it('reads thoughts from details and from reasoning_text', () => {
    const detail = (more: object) => ({ reasoning_details: [{ index: 0, ...more }] });
    const burst = readDeltas([
      detail({ type: 'reasoning.text', text: 'H' }),
      detail({ type: 'reasoning.text', text: 'm' }),
      detail({ type: 'reasoning.summary', summary: '!' }),
      { content: 'Yes' },
    ]);
    expect(burst.flatMap((delta) => (delta.type === 'reasoning' ? [delta.text] : []))).toEqual([
      'H',
      'm',
      '!',
    ]);
    expect(readDeltas([{ reasoning_text: 'Hm' }, { content: 'Yes' }]).slice(0, 2)).toEqual([
      {
        type: 'reasoning_origin',
        origin: { provider: 'here', field: 'reasoning', sentAs: 'reasoning_text' },
      },
      { type: 'reasoning', text: 'Hm' },
    ]);
  });

  it('passes on a thought once that is sent in a field and in details', () => {
    const detail = (text: string) => ({ reasoning_details: [{ index: 0, type: 'reasoning.text', text }] });
    const burst = readDeltas([{ reasoning: 'Hm', ...detail('Hm') }, detail('Hm'), { content: 'Yes' }]);
    expect(burst.filter(({ type }) => type === 'reasoning')).toEqual([{ type: 'reasoning', text: 'Hm' }]);
  });

  it('distinguishes encrypted thoughts with one index and different ids', () => {
    const detail = (id: string, data: string) => ({
      reasoning_details: [{ type: 'reasoning.encrypted', index: 0, id, data }],
    });
    const burst = readDeltas([detail('a', '12'), detail('b', '34'), detail('a', '56'), { content: 'Yes' }]);
    const origin = burst.findLast((delta) => delta.type === 'reasoning_origin');
    expect(origin).toMatchObject({
      origin: {
        details: [
          { id: 'a', data: '1256' },
          { id: 'b', data: '34' },
        ],
      },
    });
  });

  it('passes on images, and mentions those that were left out', () => {
    const image = (url: string) => ({ type: 'image_url', image_url: { url } });
    const burst = readDeltas([
      { content: 'Look:' },
      { images: [image('data:image/png;base64,AAAA'), image('ftp://a.example'), 7] },
      { content: [image('https://a.example/b.png')] },
      { images: [image(`data:image/png;base64,${'A'.repeat(imageCharactersMax)}`)] },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'text', text: 'Look:' },
      { type: 'text', text: '', images: [{ type: 'image', url: 'data:image/png;base64,AAAA' }] },
      { type: 'text', text: '', images: [{ type: 'image', url: 'https://a.example/b.png' }] },
      { type: 'text', text: '[An image was left out: it is too large.]' },
    ]);
  });
});
