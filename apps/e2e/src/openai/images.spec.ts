import { geminiImage, imageBytes, StrictGemini, StrictImages } from '@antiphon/llm/testing';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { openaiSystem } from './openai-system.ts';

const { system, client } = await openaiSystem();

let images: StrictImages;
let google: StrictGemini;

beforeAll(async () => {
  [images, google] = await Promise.all([StrictImages.start(), StrictGemini.start()]);
  await system.useProviders(
    `providers:
  - { name: pictures, preset: openai, base_url: "${images.baseUrl}", api_key: key }
  - { name: google, preset: gemini, base_url: "${google.origin}/v1beta", api_key: key, models: [imagen-4, gemini-3-pro-image] }
`,
  );
});

afterAll(async () => {
  await system.useProviders();
  await Promise.all([images.stop(), google.stop()]);
});

scenario('openai-images', 'images are made, streamed in parts and edited by the stock client', async () => {
  const listed = await client.models.retrieve('pictures/gpt-image-2');
  expect(listed).toMatchObject({ capabilities: { images: true } });
  const made = await client.images.generate({ prompt: 'A cat', n: 2, size: '1536x1024', quality: 'low' });
  expect(made).toMatchObject({ size: '1536x1024', quality: 'low', usage: { total_tokens: 42 } });
  expect(made.data).toHaveLength(2);

  const events: string[] = [];
  const stream = await client.images.generate({ prompt: 'A cat', stream: true, partial_images: 2 });
  for await (const { type } of stream) events.push(type);
  expect(events).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ]);

  const image = await toFile(Buffer.from(imageBytes(7), 'base64'), 'cat.png');
  const mask = await toFile(Buffer.from(imageBytes(8), 'base64'), 'mask.png');
  expect((await client.images.edit({ prompt: 'A hat', image, mask })).data).toHaveLength(1);
  expect(images.calls.at(-1)).toMatchObject({ images: [imageBytes(7)], mask: imageBytes(8) });
});

scenario('openai-images', 'Imagen and Gemini make and edit images by the same API', async () => {
  const imagen = await client.images.generate({ model: 'google/imagen-4', prompt: 'A cat', n: 2 });
  expect(imagen.data?.map(({ b64_json: bytes }) => bytes)).toEqual([geminiImage, geminiImage]);
  const image = await toFile(Buffer.from(imageBytes(1), 'base64'), 'cat.png');
  const edited = await client.images.edit({ model: 'google/gemini-3-pro-image', prompt: 'A hat', image });
  expect(edited.data?.[0]?.b64_json).toBe(geminiImage);
});

scenario('openai-images', 'an image that is larger than other bodies passes the gateway', async () => {
  const large = Buffer.concat([Buffer.from(imageBytes(1), 'base64'), Buffer.alloc(10_000_000)]);
  const edited = await client.images.edit({ prompt: 'A hat', image: await toFile(large, 'large.png') });
  expect(edited.data).toHaveLength(1);
});

scenario('openai-images', 'a request that no provider can serve is refused with what to do', async () => {
  const refused = client.images.generate({ model: 'google/imagen-4', prompt: 'a forbidden cat' });
  await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  await system.useProviders(
    `providers:
  - { name: anthropic, preset: anthropic, api_key: key }
  - { name: openai, preset: openai, enabled: false }
`,
  );
  await expect(client.images.generate({ prompt: 'A cat' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('configure a provider that makes images') as string,
  });
});
