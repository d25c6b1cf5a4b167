import type { ProviderImagePiece, ReadImageRequest } from '../../providers/images/images.ts';
import { type ImageCalls, type ModelTarget, pathBelow, type ProtocolCall } from '../protocol.ts';
import { encodeForm } from './form.ts';
import { ImageAnswer } from './image-answer.ts';
import { editFields, formOfEdit, generationFields, isStreamed } from './request.ts';
import { workflowCalls } from './workflows.ts';

type Call = ProtocolCall<ProviderImagePiece, string | Buffer>;

/** OpenAI's `/images/generations` and `/images/edits`, which many servers have. The provider's quirks say what differs. */
export const openAiImages: ImageCalls = {
  calls(request, target) {
    if (target.quirks.image_path === 'workflows') return workflowCalls(request, target);
    if (request.images.length === 0) return [generation(request, target)];
    return [target.quirks.image_edits === 'image_url' ? generation(request, target) : edit(request, target)];
  },
};

function generation(request: ReadImageRequest, target: ModelTarget): Call {
  const fields = { ...generationFields(request, target), ...editFields(request, target) };
  return callOf('/images/generations', JSON.stringify(fields), {}, request, target);
}

function edit(request: ReadImageRequest, target: ModelTarget): Call {
  if (target.quirks.image_edits !== 'form') {
    const fields = { ...generationFields(request, target), ...editFields(request, target) };
    return callOf('/images/edits', JSON.stringify(fields), {}, request, target);
  }
  const { contentType, body } = encodeForm(formOfEdit(request, target));
  return callOf('/images/edits', body, { 'content-type': contentType }, request, target);
}

function callOf(
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
  request: ReadImageRequest,
  target: ModelTarget,
): Call {
  return {
    path: pathBelow(target, path),
    body,
    headers: { ...headers, ...(isStreamed(request, target) && { accept: 'text/event-stream' }) },
    framing: 'sse',
    decoder: new ImageAnswer(target.title),
  };
}
