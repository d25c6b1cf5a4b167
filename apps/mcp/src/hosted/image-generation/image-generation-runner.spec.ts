import {
  AppError,
  type CallDetail,
  type Caller,
  type HostedToolOf,
  type ImagePiece,
  type ImageRequest,
  llmCheckImages,
  llmImage,
} from '@antiphon/contracts';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ImageGenerationRunner } from './image-generation-runner.ts';

const caller: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'user', scopes: [] };
const png = { mediaType: 'image/png', base64: 'iVBORw0KGgo=' };
const config = { imageGeneration: { timeoutMs: 5_000, bytesMax: 100, maskBytesMax: 100 } };
const never = new AbortController().signal;

let requests: ImageRequest[];
let pieces: ImagePiece[];
let served: AppError | null;
let runner: ImageGenerationRunner;

beforeEach(() => {
  const bus = new MemoryBus();
  requests = [];
  served = null;
  pieces = [
    { type: 'partial', index: 0, image: { ...png, base64: 'cGFydA==' }, traits: { size: '1024x1024' } },
    { type: 'image', image: png, traits: { quality: 'high' }, revisedPrompt: 'A grey cat' },
    { type: 'end', usage: null, provider: 'openai', model: 'gpt-image-2' },
  ];
  bus.handleStream(llmImage, async function* (request) {
    requests.push(request);
    for (const piece of pieces) yield [piece];
  });
  bus.handle(llmCheckImages, async () => {
    if (served !== null) throw served;
    return {};
  });
  const masks = { read: async () => 'data:image/png;base64,bWFzaw==' };
  runner = new ImageGenerationRunner(bus, masks, config);
});

function toolWith(
  options: Partial<HostedToolOf<'image_generation'>['options']> = {},
): HostedToolOf<'image_generation'> {
  return {
    kind: 'image_generation',
    options: {
      action: 'auto',
      model: null,
      mask: null,
      partialImages: 1,
      image: { size: '1536x1024' },
      ...options,
    },
    declared: { type: 'image_generation' },
  };
}

async function call(args: object, { tool = toolWith(), images = [] as string[] } = {}) {
  const details: CallDetail[] = [];
  const [function_ = expect.unreachable()] = runner.functions(tool);
  const context = {
    caller,
    idempotencyKey: 'k',
    images,
    onDetail: (detail: CallDetail) => details.push(detail),
  };
  const output = await function_.run(args, context, never);
  if (typeof output === 'string') return expect.unreachable();
  return { output, details };
}

describe('image_generation', () => {
  it('makes an image, reports partial ones, and has the bytes in its output alone', async () => {
    const { output, details } = await call({ prompt: 'A cat' });
    expect(requests).toEqual([
      {
        ...{ caller, model: null, prompt: 'A cat', count: 1, images: [], mask: null, partialImages: 1 },
        options: { size: '1536x1024' },
      },
    ]);
    expect(details).toMatchObject([
      {
        action: 'generate',
        traits: { size: '1024x1024' },
        partial: { index: 0, image: { base64: 'cGFydA==' } },
      },
    ]);
    expect(output.images).toEqual([{ type: 'image', url: `data:image/png;base64,${png.base64}` }]);
    expect(output.detail).toEqual({
      kind: 'image_generation',
      action: 'generate',
      revisedPrompt: 'A grey cat',
      traits: { size: '1536x1024', quality: 'high' },
    });
  });

  it('edits the newest image of the conversation, or all of them, with the mask of the request', async () => {
    const images = ['data:image/png;base64,bmV3', 'https://a.example/old.png'];
    const tool = toolWith({ mask: { fileId: 'file_1' } });
    const { output } = await call({ prompt: 'A hat', images: 'last' }, { tool, images });
    expect(output.detail).toMatchObject({ action: 'edit' });
    await call({ prompt: 'Both', images: 'all' }, { images });
    await call({ prompt: 'New' }, { tool, images });
    expect(requests.map((request) => [request.images, request.mask])).toEqual([
      [images.slice(0, 1), 'data:image/png;base64,bWFzaw=='],
      [images, null],
      [[], null],
    ]);
  });

  it('offers what the action of the request allows', async () => {
    const parametersOf = (action: 'generate' | 'edit' | 'auto') => {
      const [function_] = runner.functions(toolWith({ action }));
      return [function_?.takesImages, JSON.stringify(function_?.offer.parameters)];
    };
    expect(parametersOf('generate')).toEqual([false, expect.not.stringContaining('last')]);
    expect(parametersOf('edit')).toEqual([true, expect.not.stringContaining('none')]);
    expect(parametersOf('auto')).toEqual([true, expect.stringContaining('none')]);
    const tool = toolWith({ action: 'edit' });
    await expect(call({ prompt: 'x' }, { tool })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('refuses an image that is too large to be stored, and a request that no provider can serve', async () => {
    pieces[1] = { type: 'image', image: { ...png, base64: 'A'.repeat(200) }, traits: {} };
    await expect(call({ prompt: 'x' })).rejects.toMatchObject({ code: 'payload_too_large' });
    await runner.offer(toolWith());
    served = new AppError('model_refused', 'No configured provider makes images: configure one');
    await expect(runner.offer(toolWith())).rejects.toMatchObject({ code: 'model_refused' });
  });
});
