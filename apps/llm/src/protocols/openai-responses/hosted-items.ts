import {
  type CallDetail,
  type CodeOutput,
  type ErrorInfo,
  type HostedKind,
  type HostedResult,
  type ImageTraits,
  type ModelDelta,
  newId,
  type WebSearchDetail,
} from '@antiphon/contracts';
import { asJson, isObject, objectsOf, type UnknownObject } from '../../providers/json-object.ts';
import { codeResult, imageResult, webSearchArguments, webSearchResult } from '../hosted/native-results.ts';
import { imageCharactersMax } from '../answers/image-limit.ts';
import { callIdOf } from '../requests/call-id.ts';
import type { AnswerItem } from './answer-items.ts';
import type { ItemAnswerWriter } from './answer-writer.ts';
import { keptItem } from './native-tools.ts';
import { SaidText } from './said-text.ts';

/** The kinds of hosted tools by the types of their calls' items. */
export const kindsOfItems: Readonly<Record<string, HostedKind>> = {
  web_search_call: 'web_search',
  code_interpreter_call: 'code_interpreter',
  image_generation_call: 'image_generation',
};

/** A call of a hosted tool that the provider runs. */
export class AnswerHostedCall implements AnswerItem {
  private number: number | null = null;
  private readonly code = new SaidText();
  private hasCode = false;
  private isCodeOver = false;
  private hasRun = false;

  constructor(
    private readonly writer: ItemAnswerWriter,
    private readonly account: string,
    private readonly kind: HostedKind,
  ) {}

  begin(item: UnknownObject, burst: ModelDelta[]): number {
    if (this.number !== null) return this.number;
    const id = textOf(item['id']);
    const { kind } = this;
    const detail = kind === 'code_interpreter' ? codeDetail(item) : undefined;
    const callId = id === '' ? newId('call') : callIdOf(id);
    this.number = this.writer.hostedCall({ callId, kind, name: kind, ...(detail && { detail }) }, burst);
    return this.number;
  }

  /** An event about the item, by the last part of its type. */
  event(name: string, event: UnknownObject, burst: ModelDelta[]): void {
    switch (name) {
      case 'searching':
      case 'interpreting':
      case 'generating':
        return this.run(undefined, burst);
      case 'call_code.delta':
        return this.addCode(this.code.push(textOf(event['delta'])), burst);
      case 'call_code.done':
        return this.endCode(event['code'], burst);
      case 'partial_image':
        return this.showPartial(event, burst);
    }
  }

  end(given: UnknownObject, burst: ModelDelta[]): void {
    const item = this.withoutLargeImages(given);
    const call = this.begin(item, burst);
    const result = this.resultOf(item, burst);
    if (!this.hasRun) this.run(undefined, burst);
    const origin = { provider: this.account, extraContent: { item: keptItem(asJson(item)) } };
    burst.push({ type: 'hosted_result', call, result: { ...result, origin } });
  }

  /** The images of code that do not fit into the answer are left out. */
  private withoutLargeImages(item: UnknownObject): UnknownObject {
    if (!Array.isArray(item['outputs'])) return item;
    const fits = ({ url }: UnknownObject) => typeof url !== 'string' || this.writer.takesImage(url);
    return { ...item, outputs: objectsOf(item['outputs']).filter(fits) };
  }

  private resultOf(item: UnknownObject, burst: ModelDelta[]): HostedResult {
    const error: ErrorInfo | null =
      item['status'] === 'failed' ? { code: 'model_error', message: "The provider's tool failed." } : null;
    switch (this.kind) {
      case 'code_interpreter':
        this.endCode(item['code'], burst);
        return codeResult(codeDetail(item), error);
      case 'image_generation': {
        const { result, output_format: format, revised_prompt: prompt, action } = item;
        const revisedPrompt = textOf(prompt);
        this.writeArguments(JSON.stringify({ prompt: revisedPrompt }), burst);
        const image =
          typeof result === 'string' && result !== '' && this.writer.takesImage(result)
            ? { format: textOf(format) || 'png', base64: result }
            : null;
        const made = action === 'edit' ? 'edit' : 'generate';
        return imageResult(image, { action: made, revisedPrompt, traits: traitsOf(item) });
      }
      default: {
        const action = searchAction(item['action']);
        this.writeArguments(webSearchArguments(action), burst);
        return webSearchResult(action, error);
      }
    }
  }

  private run(detail: CallDetail | undefined, burst: ModelDelta[]): void {
    if (this.hasRun && detail === undefined) return;
    this.hasRun = true;
    burst.push({ type: 'hosted_progress', call: this.begin({}, burst), ...(detail && { detail }) });
  }

  private showPartial(event: UnknownObject, burst: ModelDelta[]): void {
    const { partial_image_b64: base64, partial_image_index: index, output_format: format } = event;
    if (typeof base64 !== 'string' || base64 === '' || base64.length > imageCharactersMax) return;
    if (typeof index !== 'number') return;
    const image = { mediaType: `image/${textOf(format) || 'png'}`, base64 };
    const detail = { action: 'generate' as const, revisedPrompt: '', traits: traitsOf(event) };
    this.run({ kind: 'image_generation', ...detail, partial: { index, image } }, burst);
  }

  /** The code becomes the one string of the arguments. */
  private addCode(text: string, burst: ModelDelta[]): void {
    if (text !== '') this.writeArguments(`${this.hasCode ? '' : '{"code":"'}${escaped(text)}`, burst);
    this.hasCode ||= text !== '';
  }

  private endCode(whole: unknown, burst: ModelDelta[]): void {
    if (this.isCodeOver) return;
    this.isCodeOver = true;
    this.addCode(this.code.end(textOf(whole)), burst);
    this.writeArguments(this.hasCode ? '"}' : '{"code":""}', burst);
  }

  private writeArguments(text: string, burst: ModelDelta[]): void {
    this.writer.hostedArguments(this.begin({}, burst), text, burst);
  }
}

function codeDetail(item: UnknownObject) {
  const outputs = objectsOf(item['outputs']).flatMap(({ type, logs, url }): CodeOutput[] => {
    if (type === 'logs' && typeof logs === 'string') return [{ type, logs }];
    return type === 'image' && typeof url === 'string' ? [{ type, url }] : [];
  });
  return { kind: 'code_interpreter' as const, containerId: textOf(item['container_id']), outputs };
}

function searchAction(action: unknown): WebSearchDetail['action'] {
  const { type, url, pattern, query, queries, sources } = isObject(action) ? action : ({} as UnknownObject);
  if (type === 'open_page') return { type, url: textOf(url) };
  if (type === 'find_in_page') return { type, url: textOf(url), pattern: textOf(pattern) };
  const asked: unknown[] = Array.isArray(queries) ? queries : [query];
  return {
    type: 'search',
    queries: asked.filter((text) => typeof text === 'string'),
    results: objectsOf(sources).flatMap((source) =>
      typeof source['url'] === 'string' ? [{ url: source['url'], title: '', snippet: '' }] : [],
    ),
  };
}

function traitsOf({ size, quality, background }: UnknownObject): ImageTraits {
  return {
    ...(typeof size === 'string' && { size }),
    ...(typeof quality === 'string' && { quality }),
    ...(typeof background === 'string' && { background }),
  };
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
