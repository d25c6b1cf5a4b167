import type { Part } from '@google/genai';
import type { FunctionCallItem, HostedKind } from '@antiphon/contracts';
import { objectsOf } from '../../../providers/json-object.ts';
import type { ProviderRequest } from '../../../providers/provider.ts';
import { type NativeForms, offeredTools, type OfferedTools } from '../../hosted/native-tools.ts';

/** A tool that Google runs. */
export type NativeTool =
  { googleSearch: { excludeDomains?: string[] } } | { codeExecution: Record<string, never> };

/**
 * The tools of a request. Google's own tools cannot be combined with functions, and cannot be forced: then all of them are functions, which run
 * here.
 */
export function geminiTools(
  request: Pick<ProviderRequest, 'tools' | 'hostedTools' | 'toolChoice'>,
  target: { hostedTools?: 'native' | 'ours' },
  { isVertex }: { isVertex: boolean },
): OfferedTools<NativeTool> {
  const offered = offeredTools(request, target, formsFor(isVertex));
  if (offered.functions.length === 0 && request.toolChoice === 'auto') return offered;
  return { native: new Map<HostedKind, NativeTool>(), functions: request.tools };
}

function formsFor(isVertex: boolean): NativeForms<NativeTool> {
  return {
    web_search({ options: { allowedDomains, blockedDomains } }) {
      if (allowedDomains.length > 0 || (blockedDomains.length > 0 && !isVertex)) return null;
      return { googleSearch: { ...(blockedDomains.length > 0 && { excludeDomains: blockedDomains }) } };
    },
    code_interpreter: ({ options: { container } }) =>
      container.type === 'id' || container.fileIds.length > 0 ? null : { codeExecution: {} },
  };
}

/** The parts of a call that this account ran, as they came; null for other calls. Searches have none: the answer names its pages. */
export function ranParts({ origin }: FunctionCallItem, account: string): Part[] | null {
  const parts = origin?.provider === account ? origin.extraContent['parts'] : undefined;
  return parts === undefined ? null : objectsOf(parts);
}
