import type { FunctionResponsePart, Part } from '@google/genai';
import type { ContentPart, FunctionCallItem, FunctionCallOutputItem } from '@antiphon/contracts';
import { callIdAt } from '../../requests/call-id.ts';
import { argumentsObject } from '../../requests/call-arguments.ts';
import type { ContentsOptions } from './contents.ts';
import { toPart } from './parts.ts';
import { geminiName } from './tools.ts';

/**
 * The placeholder that Google documents for a call without a signature: models that sign their answers refuse one otherwise, and calls of other providers have none.
 * Source: Google's page on thought signatures.
 */
const withoutSignature = 'skip_thought_signature_validator';

/** A call in the history. Of parallel calls only the first one is signed. */
export function callPart(
  call: FunctionCallItem,
  isFirst: boolean,
  { account, isVertex, traits }: ContentsOptions,
): Part {
  const signed = call.origin?.provider === account ? call.origin.extraContent['thoughtSignature'] : undefined;
  const replacement = isFirst && traits.signsAnswers ? withoutSignature : undefined;
  const thoughtSignature = typeof signed === 'string' ? signed : replacement;
  return {
    functionCall: {
      ...idOf(call, { account, isVertex }),
      name: geminiName(call.name),
      args: argumentsObject(call.arguments),
    },
    ...(thoughtSignature !== undefined && { thoughtSignature }),
  };
}

/** Vertex AI accepts only ids that it sent; Google AI matches calls and outputs by any id. */
function idOf(
  call: FunctionCallItem,
  { account, isVertex }: Pick<ContentsOptions, 'account' | 'isVertex'>,
): { id?: string } {
  const isOwn = call.origin?.provider === account && call.origin.callId !== undefined;
  return isVertex && !isOwn ? {} : { id: callIdAt(account, call) };
}

export interface CallOutput {
  call: FunctionCallItem;
  output: FunctionCallOutputItem['output'];
  /** The place of the output in the request. */
  path: string;
}

/** The media types that the output of a tool may hold. */
const outputTypes = /^(image\/(png|jpeg|webp)|application\/pdf|text\/plain)$/;

/**
 * The outputs of the calls of one turn. Images and files go into the output where the model reads them there; else `beside` has them, for a
 * content of the user after all outputs.
 */
export function responseParts(
  outputs: readonly CallOutput[],
  options: ContentsOptions,
): { responses: Part[]; beside: Part[] } {
  const beside: Part[] = [];
  const responses = outputs.map(({ call, output, path }): Part => {
    const content: readonly ContentPart[] =
      typeof output === 'string' ? [{ type: 'text', text: output }] : output;
    const media = content.filter(({ type }) => type !== 'text' && type !== 'refusal');
    const parts = media.map((part) => toPart(part, path));
    const within = options.traits.takesMediaOutputs ? parts.flatMap(withinOutput) : [];
    const others = options.traits.takesMediaOutputs
      ? parts.filter((part) => withinOutput(part).length === 0)
      : parts;
    if (others.length > 0) beside.push({ text: `From the output of ${call.name}:` }, ...others);
    const texts = content.flatMap((part) =>
      part.type === 'text' ? [part.text] : part.type === 'refusal' ? [part.refusal] : [],
    );
    if (others.length > 0) texts.push('(The output goes on after the outputs of this turn.)');
    return {
      functionResponse: {
        ...idOf(call, options),
        name: geminiName(call.name),
        response: { [call.error === null ? 'output' : 'error']: texts.join('\n') },
        ...(within.length > 0 && { parts: within }),
      },
    };
  });
  return { responses, beside };
}

function withinOutput({ inlineData }: Part): FunctionResponsePart[] {
  const { mimeType, data } = inlineData ?? {};
  if (mimeType === undefined || data === undefined || !outputTypes.test(mimeType)) return [];
  return [{ inlineData: { mimeType, data } }];
}
