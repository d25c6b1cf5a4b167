type Json = Record<string, unknown>;

interface ImageModelCall {
  model: string;
  method: string;
  body: Json;
  isVertex: boolean;
}

const imagenRatios = ['1:1', '3:4', '4:3', '9:16', '16:9'];
const geminiRatios = [...imagenRatios, '2:3', '3:2', '4:5', '5:4', '21:9'];

/** The bytes of the images that the strict server makes. */
export const geminiImage = Buffer.from('\x89PNG\r\n\x1a\n by Google', 'latin1').toString('base64');

/** The answer of a model that makes images, or the sentence with which the real API refuses the request. Prompts with `forbidden` are filtered. */
export function imageReply({ model, method, body, isVertex }: ImageModelCall): object | string {
  return model.startsWith('imagen-') ? imagen(method, body, isVertex) : generated(model, method, body);
}

function imagen(method: string, body: Json, isVertex: boolean): object | string {
  if (method !== 'predict') return `imagen is not supported for ${method}`;
  const [instance] = body['instances'] as { prompt: string; referenceImages?: Json[] }[];
  const parameters = body['parameters'] as { sampleCount: number; aspectRatio?: string };
  if (instance === undefined || (instance.referenceImages !== undefined && !isVertex))
    return 'Image editing is not supported by this model';
  if (parameters.aspectRatio !== undefined && !imagenRatios.includes(parameters.aspectRatio))
    return `Invalid aspect ratio ${parameters.aspectRatio}`;
  if (instance.prompt.includes('forbidden'))
    return { predictions: [{ raiFilteredReason: 'The prompt could not be submitted.' }] };
  const prediction = { mimeType: 'image/png', bytesBase64Encoded: geminiImage };
  return { predictions: Array.from({ length: parameters.sampleCount }, () => prediction) };
}

function generated(model: string, method: string, body: Json): object | string {
  if (method !== 'generateContent') return `${model} is not asked for a stream of images`;
  const config = body['generationConfig'] as { responseModalities?: string[]; imageConfig?: { aspectRatio?: string; imageSize?: string } } | undefined;
  const contents = body['contents'] as { parts: { text?: string; inlineData?: Json }[] }[];
  if (config?.responseModalities?.includes('IMAGE') !== true) return 'The model answers with images only';
  const { aspectRatio, imageSize } = config.imageConfig ?? {};
  if (aspectRatio !== undefined && !geminiRatios.includes(aspectRatio))
    return `Invalid aspect ratio ${aspectRatio}`;
  if (imageSize !== undefined && model.startsWith('gemini-2')) return 'imageSize is not supported by this model';
  const parts = contents.flatMap((content) => content.parts);
  const candidate = (reply: Json[], finishReason: string) => ({
    candidates: [{ content: { role: 'model', parts: reply }, finishReason, index: 0 }],
    usageMetadata: {
      promptTokenCount: 10,
      promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 6 }],
      candidatesTokenCount: 20,
      totalTokenCount: 30,
    },
  });
  const text = parts.map((part) => part.text ?? '').join('');
  if (text.includes('forbidden')) return candidate([], 'IMAGE_SAFETY');
  if (text.includes('unclear')) return candidate([{ text: 'Which cat do you mean?' }], 'STOP');
  return candidate([{ text: 'Here it is.' }, { inlineData: { mimeType: 'image/png', data: geminiImage } }], 'STOP');
}
