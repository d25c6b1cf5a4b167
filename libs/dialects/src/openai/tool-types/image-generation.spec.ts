import type { ImageGenerationDetail, ResponseEvent } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../testing/openai-requests.ts';
import { ScriptedRun } from '../../testing/scripted-run.ts';
import { testResponse } from '../../testing/test-response.ts';
import { encodeResponse } from '../encode.ts';
import { Response } from '../replies/response.ts';
import { StreamEvent } from '../replies/stream-event.ts';
import { openMessages } from '../stream.ts';

const base64 = 'iVBORw0KGgo=';
const tool = {
  type: 'image_generation',
  action: 'edit',
  background: 'transparent',
  input_fidelity: 'high',
  input_image_mask: { image_url: 'data:image/png;base64,AAAA' },
  model: 'gpt-image-2',
  moderation: 'low',
  output_compression: 80,
  output_format: 'webp',
  partial_images: 2,
  quality: 'high',
  size: '1536x1024',
};
const detail: ImageGenerationDetail = {
  kind: 'image_generation',
  action: 'generate',
  revisedPrompt: 'A grey cat',
  traits: { size: '1024x1024', quality: 'high', background: 'opaque' },
};
const partial = (index: number): ImageGenerationDetail => ({
  ...detail,
  partial: { index, image: { mediaType: 'image/png', base64: `partial${index}` } },
});

function eventsOf(events: readonly ResponseEvent[]) {
  const encode = openMessages();
  return events
    .flatMap((event) => encode(event))
    .map((text) => StreamEvent.parse(JSON.parse(text)) as unknown as { type: string; item?: object })
    .filter(({ type }) => !/^response\.(created|in_progress|completed)$/.test(type));
}

const asked = () =>
  new ScriptedRun().asksServer({
    callId: 'c1',
    name: 'image_generation',
    kind: 'image_generation',
    pieces: ['{"prompt":"A cat"}'],
  });
const image = { type: 'image' as const, url: `data:image/png;base64,${base64}` };

describe('image generation', () => {
  it('has options, is echoed as it was sent, and chosen by its type', () => {
    const { hostedTools = [] } = decode({ tools: [tool] }).request;
    expect(hostedTools).toEqual([
      {
        kind: 'image_generation',
        options: {
          action: 'edit',
          model: 'gpt-image-2',
          mask: { url: 'data:image/png;base64,AAAA' },
          partialImages: 2,
          image: {
            size: '1536x1024',
            quality: 'high',
            background: 'transparent',
            format: 'webp',
            compression: 80,
            moderation: 'low',
            fidelity: 'high',
          },
        },
        declared: tool,
      },
    ]);
    const { tools } = encodeResponse({ ...testResponse({ hostedTools }), serverTools: [] });
    expect(Response.shape.tools.parse(tools)).toEqual([tool]);
    const choice = { type: 'image_generation' };
    expect(decode({ tools: [choice], tool_choice: choice }).request.toolChoice).toEqual({
      name: 'image_generation',
    });
  });

  it('leaves auto to the provider', () => {
    const auto = {
      ...tool,
      background: 'auto',
      quality: 'auto',
      size: 'auto',
      input_image_mask: { file_id: 'file_1' },
    };
    const [decoded] = decode({ tools: [auto] }).request.hostedTools ?? [];
    expect(decoded).toMatchObject({ options: { mask: { fileId: 'file_1' } } });
    expect(decoded).not.toHaveProperty('options.image.size');
    expect(decode({ tools: [{ type: 'image_generation' }] }).request.hostedTools).toMatchObject([
      { options: { action: 'auto', model: null, mask: null, partialImages: 0, image: {} } },
    ]);
  });

  it.each([
    [{ size: 'huge' }, 'tools[0].size must be auto, or WIDTHxHEIGHT'],
    [{ quality: 'best' }, 'tools[0].quality must be auto, low'],
    [{ partial_images: 4 }, 'tools[0].partial_images must be a whole number from 0 to 3'],
    [{ output_format: 'bmp' }, 'tools[0].output_format must be png, webp or jpeg'],
    [{ action: 'draw' }, 'tools[0].action must be generate, edit or auto'],
    [{ input_image_mask: {} }, 'tools[0].input_image_mask must have image_url or file_id'],
  ])('names what is wrong in %j', (changes, message) => {
    expect(refusalOf({ tools: [{ type: 'image_generation', ...changes }] }).message).toContain(message);
  });

  it('streams its phases and partial images, and has the image once it is there', () => {
    const output = [{ type: 'text' as const, text: 'It was made.' }, image];
    const run = asked().details('c1', partial(0)).details('c1', partial(1)).details('c1', detail);
    const events = eventsOf(run.answers('c1', output).ends('completed'));
    expect(events.map(({ type }) => type.replace('response.image_generation_call.', ''))).toEqual([
      'response.output_item.added',
      'in_progress',
      'generating',
      'partial_image',
      'partial_image',
      'completed',
      'response.output_item.done',
    ]);
    expect(events[0]?.item).toMatchObject({ status: 'in_progress', result: null });
    expect(events[4]).toMatchObject({
      partial_image_index: 1,
      partial_image_b64: 'partial1',
      output_format: 'png',
      size: '1024x1024',
    });
    expect(events.at(-1)?.item).toEqual({
      id: 'fc_c1',
      type: 'image_generation_call',
      status: 'completed',
      result: base64,
      revised_prompt: 'A grey cat',
      action: 'generate',
      output_format: 'png',
      size: '1024x1024',
      quality: 'high',
      background: 'opaque',
    });
  });

  it('says why no image was made', () => {
    const error = { code: 'model_refused' as const, message: 'The content was refused.' };
    const events = eventsOf(asked().answers('c1', error.message, error).ends('completed'));
    expect(events.at(-1)?.item).toMatchObject({
      status: 'failed',
      result: null,
      error: { code: 'model_refused', message: 'The content was refused.' },
    });
  });

  it('reads calls that the client sends back: with the image, or by their id', () => {
    const call = { type: 'image_generation_call', id: 'ig_1', status: 'completed' };
    expect(inputOf({ ...call, result: base64, revised_prompt: 'A cat' })).toMatchObject([
      { type: 'function_call', kind: 'image_generation', callId: 'ig_1', arguments: '{"prompt":"A cat"}' },
      { type: 'function_call_output', callId: 'ig_1', output: [{ type: 'text' }, image] },
    ]);
    expect(inputOf(call)).toEqual([{ type: 'item_reference', id: 'ig_1' }]);
  });
});
