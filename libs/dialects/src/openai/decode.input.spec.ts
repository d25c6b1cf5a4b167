import { describe, expect, it } from 'vitest';
import { clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { encodeResponse } from './encode.ts';
import { decode, inputOf, refusalOf } from '../testing/openai-requests.ts';

describe('input of the stock clients', () => {
  it('messages without a type, with and without an id', () => {
    expect(
      inputOf(
        { role: 'developer', content: 'Be brief' },
        { id: 'msg_abc', role: 'assistant', content: 'Hello' },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
        },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] },
      ),
    ).toMatchObject([
      { type: 'message', id: 'msg_1', role: 'developer' },
      { id: 'msg_abc', content: [{ type: 'text', text: 'Hello' }] },
      { content: [{ type: 'text', text: 'Hi' }] },
      { content: [{ type: 'refusal', refusal: 'No' }] },
    ]);
  });

  it('calls without id or status, and their outputs', () => {
    expect(
      inputOf(
        { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'Sunny', status: 'completed' },
        { type: 'function_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'Rain' }] },
      ),
    ).toMatchObject([
      { type: 'function_call', id: 'fc_1', callId: 'call_1', executor: 'client', state: 'done' },
      { type: 'function_call_output', id: 'fco_2', callId: 'call_1', output: 'Sunny' },
      { type: 'function_call_output', callId: 'call_2', output: [{ type: 'text', text: 'Rain' }] },
    ]);
  });

  it('the output of an earlier response, item by item', () => {
    const response = testResponse({
      status: 'completed',
      output: [
        { type: 'reasoning', id: 'rs_1', text: 'Hm', status: 'completed' },
        serverCall('call_1'),
        { type: 'function_call_output', id: 'fco_1', callId: 'call_1', output: 'Sunny', status: 'completed' },
        clientCall('call_2', { state: 'done' }),
        message('msg_1', 'assistant', 'It is sunny'),
      ],
    });
    expect(inputOf(...(encodeResponse(response).output as unknown[]))).toMatchObject([
      { type: 'reasoning', id: 'rs_1', text: 'Hm' },
      { type: 'function_call', id: 'fc_call_1', executor: 'server', name: 'google_search' },
      { type: 'function_call_output', callId: 'fc_call_1', output: 'Sunny' },
      { type: 'function_call', callId: 'call_2', executor: 'client' },
      { type: 'message', id: 'msg_1', role: 'assistant' },
    ]);
  });

  it('the citations of an answer', () => {
    const annotation = {
      type: 'url_citation',
      url: 'https://a.example',
      title: 'A',
      start_index: 0,
      end_index: 2,
    };
    const content = [{ type: 'output_text', text: 'Hi', annotations: [annotation, { type: 'file_path' }] }];
    expect(inputOf({ role: 'assistant', content })).toMatchObject([
      {
        content: [
          { text: 'Hi', citations: [{ url: 'https://a.example', title: 'A', startIndex: 0, endIndex: 2 }] },
        ],
      },
    ]);
  });

  it('a thought in the form of its response', () => {
    const summed = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] };
    const plain = { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] };
    expect(inputOf(summed)).toMatchObject([{ text: 'Hm', isSummary: true }]);
    expect(inputOf(plain)).toMatchObject([{ text: 'Hm' }]);
    expect(inputOf(plain)[0]).not.toHaveProperty('isSummary');
  });

  it('a sealed thought, which replaces the text of its summary', () => {
    const [thought] = inputOf({
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Not what was thought' }],
      encrypted_content: 'v1.abc',
    });
    expect(thought).toEqual({ type: 'sealed_reasoning', id: 'rs_1', sealed: 'v1.abc', isSummary: true });
    expect(inputOf({ type: 'reasoning', summary: [], encrypted_content: null })).toMatchObject([
      { type: 'reasoning', text: '' },
    ]);
  });

  it('the same id twice: the second item gets a new id', () => {
    const twice = { id: 'msg_abc', role: 'user', content: 'Hi' };
    expect(inputOf(twice, twice).map((item) => item.id)).toEqual(['msg_abc', 'msg_1']);
  });

  it('images, files and audio', () => {
    const parts = [
      { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'original', file_id: null },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
      { type: 'input_file', file_url: 'https://example.com/a.pdf' },
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
      { type: 'input_image', file_id: 'file_1', detail: 'low' },
      { type: 'input_file', file_id: 'file_2' },
    ];
    expect(inputOf({ role: 'user', content: parts })).toMatchObject([
      {
        content: [
          { type: 'image', url: 'https://example.com/a.png', detail: 'high' },
          { type: 'image', url: 'data:image/png;base64,AA', detail: 'low' },
          { type: 'file', filename: 'a.pdf', url: 'data:application/pdf;base64,AA' },
          { type: 'file', url: 'https://example.com/a.pdf' },
          { type: 'audio', data: 'AA', format: 'wav' },
          { type: 'image', url: '', fileId: 'file_1', detail: 'low' },
          { type: 'file', url: '', fileId: 'file_2' },
        ],
      },
    ]);
  });

  it.each([
    ['data:text/html;base64,AAAA', 'must be data of an image'],
    ['data:image/svg+xml;base64,AAAA', 'must be data of an image'],
    ['data:image/png,AAAA', 'must be data of an image'],
    ['data:image/png;base64,', 'must hold the image in base64'],
    ['data:image/png;base64,AA?A', 'must hold the image in base64'],
    ['data:image/png;base64,AAAAA', 'must hold the image in base64'],
    [`data:image/png;base64,${'AAAA'.repeat(1_800_000)}`, 'must hold at most 5 MB'],
    ['file:///etc/passwd', 'must be an https URL or a data URL'],
  ])('no image that is none: %.40s', (image_url, complaint) => {
    const content = [{ type: 'input_image', image_url }];
    expect(() => inputOf({ role: 'user', content })).toThrow(complaint);
  });

  it('empty settings and nulls', () => {
    const nothing = {
      text: {},
      include: [],
      tools: [],
      metadata: null,
      temperature: null,
      prompt: null,
      top_p: null,
    };
    expect(decode(nothing).request).toEqual(decode({}).request);
  });

  it('references, with and without their type, and compacted contexts', () => {
    const input = [
      { type: 'item_reference', id: 'msg_1' },
      { id: 'msg_2' },
      { type: 'compaction', id: 'cmp_1', encrypted_content: 'sealed' },
    ];
    expect(decode({ input }).request.input).toEqual([
      { type: 'item_reference', id: 'msg_1' },
      { type: 'item_reference', id: 'msg_2' },
      { type: 'sealed_compaction', id: 'cmp_1', sealed: 'sealed' },
    ]);
  });

  it('a trigger at its end, with which the response compacts the context', () => {
    const input = [{ role: 'user', content: 'Hi' }, { type: 'compaction_trigger' }];
    const { request } = decode({ input });
    expect(request).toMatchObject({ compacts: true, input: [{ type: 'message' }] });
    expect(request.input).toHaveLength(1);
    expect(
      decode({ input: [{ type: 'compaction_trigger' }], previous_response_id: 'resp_1' }).request,
    ).toMatchObject({
      compacts: true,
      input: [],
    });
    expect(refusalOf({ input: [{ type: 'compaction_trigger' }] }).param).toBe('input');
    expect(refusalOf({ input: input.toReversed() }).message).toBe(
      'input[0] must be the last item of the input of a response',
    );
  });

  it('no input where the request continues a response or a conversation', () => {
    expect(decode({ input: undefined, previous_response_id: 'resp_1' }).request.input).toEqual([]);
    expect(decode({ input: [], conversation: { id: 'conv_1' } }).request.conversationId).toBe('conv_1');
  });
});
