import type { Content } from '@google/genai';
import type { ProviderRequest } from '../../../providers/provider.ts';
import { formatInstruction } from '../../turns/format-instruction.ts';
import type { OfferedTools } from '../../hosted/native-tools.ts';
import { toContents } from './contents.ts';
import { type GeminiConfig, generationConfig } from './generation-config.ts';
import { type ModelTraits, traitsOf } from '../model-traits.ts';
import type { NativeTool } from './native-tools.ts';
import { type ToolFields, toolFields } from './tools.ts';

/** The body of generateContent and streamGenerateContent. */
export interface GeminiBody extends ToolFields {
  systemInstruction?: Content;
  contents: Content[];
  generationConfig?: GeminiConfig;
  serviceTier?: string;
}

export interface BodyOptions {
  /** The account of the provider: its signatures are sent back to it alone. */
  account: string;
  isVertex: boolean;
  /** The hosted tools that Google runs itself, and the functions; left out: all tools are functions. */
  offered?: OfferedTools<NativeTool>;
}

/** Converts a model turn. Throws `model_refused` with the path of what this API cannot express. */
export function toGeminiBody(
  request: ProviderRequest,
  { account, isVertex, offered }: BodyOptions,
): GeminiBody {
  const traits = traitsOf(request.model, { isVertex });
  const format = formatPlace(request, traits);
  const { system, contents } = toContents(request.items, { account, isVertex, traits });
  const rule = format === 'instructions' ? formatInstruction(request.settings.textFormat) : null;
  const instruction = [request.instructions, ...system, rule].filter((text) => text).join('\n\n');
  if (instruction !== '' && !traits.takesSystemInstruction) putBefore(contents, instruction);
  const config = generationConfig(request, traits, format === 'setting');
  const { serviceTier } = request.settings;
  return {
    ...(instruction !== '' &&
      traits.takesSystemInstruction && { systemInstruction: { parts: [{ text: instruction }] } }),
    contents,
    ...(offersTools(request, traits) &&
      toolFields({ ...request, tools: offered?.functions ?? request.tools }, offered?.native)),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
    ...(serviceTier !== undefined &&
      serviceTier !== 'auto' &&
      !isVertex && { serviceTier: tierOf(serviceTier) }),
  };
}

/** OpenAI's `default` is Google's `standard`; the other tiers have the same names. */
function tierOf(tier: string): string {
  return tier === 'default' ? 'standard' : tier;
}

/** Earlier models refuse JSON as a setting beside tools: the instructions demand it then. */
function formatPlace(request: ProviderRequest, traits: ModelTraits): 'setting' | 'instructions' | 'none' {
  if (request.settings.textFormat.type === 'text') return 'none';
  return request.tools.length > 0 && request.toolChoice !== 'none' && !traits.takesJsonWithTools
    ? 'instructions'
    : 'setting';
}

/** Tools that must not be used are left out where they exclude JSON as a setting. */
function offersTools(request: ProviderRequest, traits: ModelTraits): boolean {
  const isBare = request.toolChoice === 'none' && request.settings.textFormat.type !== 'text';
  return !isBare || traits.takesJsonWithTools;
}

function putBefore(contents: Content[], instruction: string): void {
  const [first] = contents;
  if (first?.role === 'user') first.parts = [{ text: instruction }, ...(first.parts ?? [])];
  else contents.unshift({ role: 'user', parts: [{ text: instruction }] });
}
