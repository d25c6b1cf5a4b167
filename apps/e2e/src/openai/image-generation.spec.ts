import { geminiImage, imageBytes, StrictGemini, StrictImages } from '@antiphon/llm/testing';
import { text, toolCall } from '@antiphon/service-kit/testing';
import { toFile } from 'openai';
import type { ResponseStreamEvent, Tool } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, openaiSystem } from './openai-system.ts';

const { system, provider, client, otherClient } = await openaiSystem();

let images: StrictImages;
let google: StrictGemini;

beforeAll(async () => {
  [images, google] = await Promise.all([StrictImages.start(), StrictGemini.start()]);
  await system.useProviders(
    `providers:
  - { name: pictures, preset: openai, base_url: "${images.baseUrl}", api_key: key }
  - { name: google, preset: gemini, base_url: "${google.origin}/v1beta", api_key: key, models: [gemini-3-pro-image] }
`,
  );
});

/** The model calls the tool at the end of the caller's own words; the image of an output may follow it as a message of the user. */
const draws = (args: object, answer = 'Here it is.') => {
  provider.script = ({ body }) => {
    const isAnswered = body.messages.findLast(({ role }) => role === 'tool' || role === 'user');
    return isAnswered?.role === 'tool' || JSON.stringify(isAnswered).includes('image_generation')
      ? [text(answer)]
      : [toolCall('image_generation', args)];
  };
};

afterAll(async () => {
  await system.useProviders();
  await Promise.all([images.stop(), google.stop()]);
});

const shown = `data:image/png;base64,`;

scenario(
  'openai-image-generation',
  'an image is made with partial images on the way, and edited in the next response with a mask',
  async () => {
    draws({ prompt: 'A cat' });
    const stream = await client.responses.create({
      model,
      input: 'Draw a cat.',
      tools: [{ type: 'image_generation', partial_images: 2, size: '1536x1024', quality: 'low' }],
      stream: true,
    });
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    const ofImage = events.flatMap(({ type }) =>
      type.startsWith('response.image_generation_call.') ? [type.split('.').at(-1)] : [],
    );
    expect(ofImage).toEqual(['in_progress', 'generating', 'partial_image', 'partial_image', 'completed']);
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error(`the stream ended with ${last?.type}`);
    const { response } = last;
    const [made] = response.output.filter((item) => item.type === 'image_generation_call');
    const result = made?.result ?? expect.unreachable();
    expect(made).toMatchObject({
      ...{ status: 'completed', action: 'generate', revised_prompt: 'A cat', output_format: 'png' },
      ...{ size: '1536x1024', quality: 'low', result: textWith(imageBytes(1).slice(0, 8)) },
    });
    expect(images.calls.at(-1)?.fields).toMatchObject({
      size: '1536x1024',
      quality: 'low',
      partial_images: 2,
    });
    expect(JSON.stringify(provider.calls.at(-1)?.body)).toContain(`${shown}${result}`);
    expect(await client.responses.retrieve(response.id)).toMatchObject({ output: response.output });

    const mask = await client.files.create({
      file: await toFile(Buffer.from(imageBytes(99), 'base64'), 'mask.png'),
      purpose: 'vision',
    });
    draws({ prompt: 'Give it a hat', images: 'last' });
    const edited = await client.responses.create({
      model,
      input: 'Give it a hat.',
      previous_response_id: response.id,
      tools: [{ type: 'image_generation', action: 'edit', input_image_mask: { file_id: mask.id } }],
    });
    expect(edited.output[0]).toMatchObject({
      type: 'image_generation_call',
      status: 'completed',
      action: 'edit',
    });
    expect(images.calls.at(-1)).toMatchObject({
      path: '/v1/images/edits',
      images: [result],
      mask: imageBytes(99),
    });
  },
);

scenario(
  'openai-image-generation',
  'an image of the input is edited by Gemini, and the item can be sent back',
  async () => {
    draws({ prompt: 'Give it a hat', images: 'all' });
    const tools: Tool[] = [{ type: 'image_generation', model: 'google/gemini-3-pro-image' }];
    const url = `${shown}${imageBytes(5)}`;
    const content = [
      { type: 'input_text' as const, text: 'Give it a hat.' },
      { type: 'input_image' as const, image_url: url, detail: 'auto' as const },
    ];
    const { output } = await client.responses.create({
      model,
      tools,
      input: [{ role: 'user', content }],
      store: false,
    });
    expect(output[0]).toMatchObject({ type: 'image_generation_call', result: geminiImage, action: 'edit' });
    expect(JSON.stringify(google.calls.at(-1)?.body)).toContain(imageBytes(5));

    provider.script = () => [text('A cat with a hat.')];
    const made = output.filter((item) => item.type === 'image_generation_call');
    const input = [...made, { role: 'user' as const, content: 'What is in it?' }];
    await client.responses.create({ model, input });
    expect(JSON.stringify(provider.calls.at(-1)?.body)).toContain(geminiImage);
  },
);

scenario(
  'openai-image-generation',
  'a refusal of the provider is read by the model and shown in the item',
  async () => {
    draws({ prompt: 'A forbidden cat' }, 'I may not.');
    const { output } = await client.responses.create({
      model,
      input: 'Draw.',
      tools: [{ type: 'image_generation' }],
    });
    expect(output[0]).toMatchObject({
      ...{ type: 'image_generation_call', status: 'failed', result: null },
      error: { code: 'model_refused', message: textWith('safety system') },
    });
  },
);

scenario(
  'openai-image-generation',
  'where no provider makes images, the request is refused with what to do',
  async () => {
    await system.useProviders(
      `providers:
  - { name: openai, preset: openai_compatible, base_url: "${provider.baseUrl}", quirks: { images: false } }
`,
    );
    const refused = otherClient.responses.create({
      model,
      input: 'Draw.',
      tools: [{ type: 'image_generation' }],
    });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      message: textWith('configure a provider that makes images'),
    });
  },
);
