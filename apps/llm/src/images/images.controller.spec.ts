import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Caller, type ImagePiece, llmImage } from '@antiphon/contracts';
import { createLogger, type RunningService, startService } from '@antiphon/service-kit';
import { MemoryBus, ScriptedProvider } from '@antiphon/service-kit/testing';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { encodeChatError } from '../chat/chat-errors.ts';
import { loadConfig } from '../config.ts';
import { geminiImage } from '../protocols/gemini/__fixtures__/strict-images.ts';
import { StrictGemini } from '../protocols/gemini/__fixtures__/strict-server.ts';
import {
  imageBytes,
  type ImageMaker,
  StrictImages,
} from '../protocols/openai-images/__fixtures__/strict-images.ts';

const caller: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'user', scopes: [] };
const folder = mkdtempSync(join(tmpdir(), 'antiphon-images-'));
const file = join(folder, 'providers.yml');
const makers = {} as Record<ImageMaker, StrictImages>;
let google: StrictGemini;
let service: RunningService;
let bus: MemoryBus;
let client: OpenAI;
const services: RunningService[] = [];

async function start(env: NodeJS.ProcessEnv): Promise<[RunningService, MemoryBus, OpenAI]> {
  const config = loadConfig(
    { PORT: '0', AUTH_ANONYMOUS: 'true', ...env },
    {
      providers: { backoff_min: '1ms', backoff_max: '1ms' },
      images: { count_max: 4, edit_bytes_max: '1KiB' },
    },
  );
  const started = new MemoryBus();
  const definition = { name: 'llm', config, module: AppModule.with(config), encodeError: encodeChatError };
  const running = await startService(definition, started, createLogger('llm', 'silent'));
  services.push(running);
  const baseURL = `${running.url}/v1`;
  return [running, started, new OpenAI({ baseURL, apiKey: 'EMPTY', maxRetries: 0, logLevel: 'off' })];
}

beforeAll(async () => {
  for (const maker of ['openai', 'xai', 'together', 'fireworks'] as const)
    makers[maker] = await StrictImages.start(maker);
  google = await StrictGemini.start();
  const entry = (name: ImageMaker, models: string) =>
    `  - { name: ${name}, preset: ${name}, base_url: "${makers[name].baseUrl}", api_key: key${models} }\n`;
  writeFileSync(
    file,
    `providers:
${entry('openai', '')}${entry('xai', ', models: [grok-2-image, grok-imagine-image]')}${entry('together', ', models: [flux]')}${entry('fireworks', ', models: [accounts/fireworks/models/flux-1]')}  - { name: google, preset: gemini, base_url: "${google.origin}/v1beta", api_key: key, models: [imagen-4, gemini-2.5-flash-image, gemini-3-pro-image] }
  - { name: vertex, preset: vertex, protocol: gemini, base_url: "${google.origin}/v1/projects/p/locations/eu/publishers/google", headers: { x-goog-api-key: key }, service_account: '{}', enabled: false }
  - { name: claude, preset: anthropic, api_key: key, base_url: "${makers.openai.baseUrl}", models: [claude-5] }
  - { name: words, preset: deepseek, api_key: key, base_url: "${makers.openai.baseUrl}", models: [deepseek-chat] }
models:
  art: { route: [claude/claude-5, xai/grok-2-image], fallback: [google/imagen-4] }
`,
  );
  [service, bus, client] = await start({ LLM_PROVIDERS_FILE: file });
});

afterAll(async () => {
  await Promise.all(services.map((running) => running.stop()));
  await Promise.all([...Object.values(makers).map((maker) => maker.stop()), google.stop()]);
  rmSync(folder, { recursive: true });
});

const lastCall = (maker: ImageMaker) => makers[maker].calls.at(-1) ?? expect.unreachable();
const png = (number = 0) => Buffer.from(imageBytes(number), 'base64');
const pngFile = (number = 0) => toFile(png(number), 'a.png');

describe('POST /v1/images/generations', () => {
  it('makes images with every field of OpenAI’s API', async () => {
    const asked = {
      model: 'openai/gpt-image-2',
      prompt: 'A cat',
      n: 2,
      size: '1536x1024',
      quality: 'high',
      background: 'transparent',
      output_format: 'webp',
      output_compression: 80,
      moderation: 'low',
      user: 'user-7',
    } as const;
    const { data, response } = await client.images.generate(asked).withResponse();
    expect(lastCall('openai').fields).toEqual({ ...asked, model: 'gpt-image-2' });
    expect(data).toMatchObject({
      size: '1536x1024',
      quality: 'high',
      background: 'transparent',
      output_format: 'webp',
      usage: {
        input_tokens: 12,
        input_tokens_details: { text_tokens: 8, image_tokens: 4 },
        output_tokens: 30,
        total_tokens: 42,
      },
    });
    expect(data.data?.map(({ b64_json: bytes }) => bytes?.slice(0, 4))).toEqual(['UklG', 'UklG']);
    expect(response.headers.get('x-model-provider')).toBe('openai');
  });

  it('uses the first listed model that makes images where none is named, and leaves auto to the provider', async () => {
    await client.images.generate({ prompt: 'A cat', size: 'auto', quality: 'auto', background: 'auto' });
    expect(lastCall('openai').fields).toEqual({ model: 'gpt-image-2', prompt: 'A cat' });
  });

  it('answers with data URLs where URLs are asked for', async () => {
    const { data } = await client.images.generate({ prompt: 'A cat', response_format: 'url' });
    expect(data?.[0]?.url).toMatch(/^data:image\/png;base64,iVBORw/);
  });

  it('streams partial images, then the image with its usage', async () => {
    const stream = await client.images.generate({ prompt: 'A cat', stream: true, partial_images: 2 });
    const events: object[] = [];
    for await (const event of stream) events.push(event);
    const shown = { size: '1024x1024', quality: 'medium', background: 'opaque', output_format: 'png' };
    expect(events).toMatchObject([
      { type: 'image_generation.partial_image', partial_image_index: 0, ...shown },
      { type: 'image_generation.partial_image', partial_image_index: 1, ...shown },
      { type: 'image_generation.completed', usage: { total_tokens: 42 }, ...shown },
    ]);
    expect(lastCall('openai').headers.accept).toBe('text/event-stream');
  });

  it('streams the images of a provider that streams none', async () => {
    const asked = {
      model: 'xai/grok-2-image',
      prompt: 'A cat',
      n: 2,
      stream: true,
      partial_images: 1,
    } as const;
    const types: string[] = [];
    for await (const { type } of await client.images.generate(asked)) types.push(type);
    expect(types).toEqual(['image_generation.completed', 'image_generation.completed']);
  });

  it.each([
    ['xai', 'grok-imagine-image', { aspect_ratio: '16:9', response_format: 'b64_json', n: 2 }, 1],
    ['xai', 'grok-2-image', { response_format: 'b64_json', n: 2 }, 1],
    [
      'together',
      'flux',
      { width: 1920, height: 1080, response_format: 'base64', n: 2, output_format: 'jpeg' },
      1,
    ],
    ['fireworks', 'accounts/fireworks/models/flux-1', { aspect_ratio: '16:9' }, 2],
  ] as const)('writes the request as %s has it', async (maker, model, fields, calls) => {
    const before = makers[maker].calls.length;
    const options = { n: 2, size: '1920x1080', quality: 'high', output_format: 'jpeg' } as const;
    const { data } = await client.images.generate({
      model: `${maker}/${model}`,
      prompt: 'A cat',
      ...options,
    });
    expect(data).toHaveLength(2);
    expect(makers[maker].calls.length - before).toBe(calls);
    const own = maker === 'fireworks' ? {} : { model };
    expect(lastCall(maker).fields).toEqual({ ...own, prompt: 'A cat', ...fields });
    if (maker === 'fireworks') expect(lastCall(maker).path).toBe(`/v1/workflows/${model}/text_to_image`);
    if (maker === 'xai') expect(data?.[0]?.revised_prompt).toBe('A cat, in detail');
  });

  it('asks Imagen by predict, and Gemini models for each image', async () => {
    const imagen = await client.images.generate({
      model: 'google/imagen-4',
      prompt: 'A cat',
      n: 3,
      size: '1920x1080',
    });
    expect(imagen.data?.map(({ b64_json: bytes }) => bytes)).toEqual([geminiImage, geminiImage, geminiImage]);
    expect(google.calls.at(-1)).toMatchObject({
      method: 'predict',
      body: {
        instances: [{ prompt: 'A cat' }],
        parameters: { sampleCount: 3, aspectRatio: '16:9', sampleImageSize: '2K' },
      },
    });
    const before = google.calls.length;
    const model = 'google/gemini-3-pro-image';
    const { data, usage } = await client.images.generate({ model, prompt: 'A cat', n: 2, size: '1024x1536' });
    expect(data).toHaveLength(2);
    expect(google.calls.length - before).toBe(2);
    expect(google.calls.at(-1)?.body).toMatchObject({
      generationConfig: {
        responseModalities: ['TEXT', 'IMAGE'],
        imageConfig: { aspectRatio: '2:3', imageSize: '1K' },
      },
    });
    expect(usage).toMatchObject({
      input_tokens: 20,
      output_tokens: 40,
      input_tokens_details: { image_tokens: 12 },
    });
  });

  it('goes on to the next provider, and past those that make no images', async () => {
    const { response } = await client.images.generate({ model: 'art', prompt: 'unlucky cat' }).withResponse();
    expect(response.headers.get('x-model-provider')).toBe('google');
  });

  it('repeats a temporary failure', async () => {
    const { data } = await client.images.generate({ prompt: 'another unlucky cat' });
    expect(data).toHaveLength(1);
  });

  it.each([
    ['openai/gpt-image-2', 'forbidden'],
    ['google/imagen-4', 'forbidden'],
    ['google/gemini-2.5-flash-image', 'forbidden'],
    ['google/gemini-2.5-flash-image', 'unclear'],
  ])('reports that %s refuses', async (model, prompt) => {
    await expect(client.images.generate({ model, prompt })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const streamed = client.images.generate({ model, prompt, stream: true });
    await expect(streamed).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it.each([
    ['prompt', {}],
    ['prompt', { prompt: '' }],
    ['n', { prompt: 'x', n: 5 }],
    ['size', { prompt: 'x', size: 'large' }],
    ['quality', { prompt: 'x', quality: 'best' }],
    ['background', { prompt: 'x', background: 'red' }],
    ['output_format', { prompt: 'x', output_format: 'bmp' }],
    ['output_compression', { prompt: 'x', output_compression: 101 }],
    ['partial_images', { prompt: 'x', stream: true, partial_images: 4 }],
    ['partial_images', { prompt: 'x', partial_images: 1 }],
    ['model', { prompt: 'x', model: 'claude/claude-5' }],
    ['model', { prompt: 'x', model: 'words/deepseek-chat' }],
  ])('names a wrong %s', async (param, body) => {
    const asked = client.images.generate(body as OpenAI.ImageGenerateParams);
    await expect(asked).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  });

  it('says what to configure where no provider makes images', async () => {
    const [, , none] = await start({ ANTHROPIC_API_KEY: 'key' });
    await expect(none.images.generate({ prompt: 'A cat' })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(
        'configure a provider that makes images, such as OpenAI (OPENAI_API_KEY)',
      ) as string,
    });
    // A server with OpenAI's API that has no images.
    const server = await ScriptedProvider.start();
    const [, , other] = await start({ OPENAI_BASE_URL: server.baseUrl });
    await expect(other.images.generate({ model: 'm', prompt: 'A cat' })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('has no API for images: configure') as string,
    });
    await expect(other.images.generate({ prompt: 'A cat' })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('name a model in the request, or set images.model') as string,
    });
    await server.stop();
  });

  it('makes a small picture without any provider', async () => {
    const [, , demo] = await start({});
    const { data } = await demo.images.generate({ prompt: 'A cat', n: 2 });
    const [first, second] = data ?? [];
    expect(first?.b64_json?.slice(0, 8)).toBe('iVBORw0K');
    expect(second?.b64_json).not.toBe(first?.b64_json);
    expect(await demo.images.generate({ prompt: 'A cat' })).toMatchObject({ data: [first] });
  });
});

describe('POST /v1/images/edits', () => {
  it('sends images and mask as a form', async () => {
    const image = [await pngFile(1), await pngFile(2)];
    const asked = {
      model: 'openai/gpt-image-2',
      prompt: 'A hat',
      quality: 'low',
      input_fidelity: 'high',
    } as const;
    const { data } = await client.images.edit({ ...asked, image, mask: await pngFile(3) });
    expect(data).toHaveLength(1);
    expect(lastCall('openai')).toMatchObject({
      path: '/v1/images/edits',
      fields: { ...asked, model: 'gpt-image-2' },
      images: [imageBytes(1), imageBytes(2)],
      mask: imageBytes(3),
    });
  });

  it('streams an edit', async () => {
    const image = await pngFile();
    const stream = await client.images.edit({ prompt: 'A hat', image, stream: true, partial_images: 1 });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(['image_edit.partial_image', 'image_edit.completed']);
  });

  it('writes the edit as each provider has it', async () => {
    const image = await pngFile(1);
    const url = `data:image/png;base64,${imageBytes(1)}`;
    await client.images.edit({ model: 'xai/grok-imagine-image', prompt: 'A hat', image });
    expect(lastCall('xai')).toMatchObject({ path: '/v1/images/edits', fields: { image: { url } } });
    await client.images.edit({ model: 'together/flux', prompt: 'A hat', image });
    expect(lastCall('together').fields).toMatchObject({ image_url: url });
    const { data } = await client.images.edit({
      model: 'google/gemini-2.5-flash-image',
      prompt: 'A hat',
      image,
    });
    expect(data?.[0]?.b64_json).toBe(geminiImage);
    expect(google.calls.at(-1)?.body).toMatchObject({
      contents: [
        { parts: [{ inlineData: { mimeType: 'image/png', data: imageBytes(1) } }, { text: 'A hat' }] },
      ],
    });
  });

  it.each([
    ['image', 'xai/grok-2-image', false],
    ['image', 'google/imagen-4', false],
    ['image', 'fireworks/accounts/fireworks/models/flux-1', false],
    ['mask', 'google/gemini-3-pro-image', true],
    ['mask', 'together/flux', true],
  ])('says that the %s is not taken by %s', async (param, model, hasMask) => {
    const image = await pngFile();
    const edit = client.images.edit({ model, prompt: 'x', image, ...(hasMask && { mask: image }) });
    await expect(edit).rejects.toMatchObject({ status: 400, param });
  });

  it('refuses what is no image, too much, and a form without images', async () => {
    const text = await toFile(Buffer.from('<svg/>'), 'a.svg');
    const refused = client.images.edit({ prompt: 'x', image: text });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'image' });
    const large = await toFile(Buffer.concat([png(), Buffer.alloc(2_000)]), 'a.png');
    await expect(client.images.edit({ prompt: 'x', image: large })).rejects.toMatchObject({ status: 413 });
    const form = new FormData();
    form.set('prompt', 'x');
    const post = (body: FormData | string) =>
      fetch(`${service.url}/v1/images/edits`, { method: 'POST', body });
    expect((await post(form)).status).toBe(400);
    expect((await post('{}')).status).toBe(415);
    form.set('image', 'no file');
    expect(await (await post(form)).json()).toMatchObject({ error: { param: 'image' } });
    form.set('image', new Blob([png()]), 'a.png');
    form.set('n', 'two');
    expect(await (await post(form)).json()).toMatchObject({ error: { param: 'n' } });
  });
});

describe('llm.image', () => {
  it('makes and edits images for other services, in bursts that fit one reply', async () => {
    const bursts: ImagePiece[][] = [];
    const request = {
      ...{ caller, model: null, prompt: 'A cat', count: 1, images: [], mask: null, partialImages: 1 },
      options: {},
    };
    for await (const burst of bus.stream(llmImage, request, new AbortController().signal)) bursts.push(burst);
    expect(bursts.map(([piece]) => piece?.type)).toEqual(['partial', 'image', 'end']);
    expect(bursts.at(-1)).toMatchObject([
      { provider: 'openai', model: 'gpt-image-2', usage: { totalTokens: 42 } },
    ]);
  });
});
