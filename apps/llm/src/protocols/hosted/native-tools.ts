import type { HostedKind, HostedTool, HostedToolOf, ModelTool } from '@antiphon/contracts';
import type { ProviderRequest } from '../../providers/provider.ts';

/**
 * How an API declares the hosted tools that its provider runs itself. Null: not with these options, so that the tool stays a function which runs here.
 */
export type NativeForms<Form> = {
  readonly [Kind in HostedKind]?: (tool: HostedToolOf<Kind>) => Form | null;
};

/** The tools of a request at a provider. */
export interface OfferedTools<Form> {
  /** Those that the provider runs itself, in its own form. */
  native: ReadonlyMap<HostedKind, Form>;
  /** All others: functions. */
  functions: ModelTool[];
}

/**
 * Separates the hosted tools that a provider runs itself (`hosted_tools: native`) from the functions. Every hosted tool is among the functions of
 * a request, so that a provider which runs none, or which answers in place of another, needs no other request.
 */
export function offeredTools<Form>(
  { tools, hostedTools = [] }: Pick<ProviderRequest, 'tools' | 'hostedTools'>,
  { hostedTools: run }: { hostedTools?: 'native' | 'ours' },
  forms: NativeForms<Form>,
): OfferedTools<Form> {
  const native = new Map<HostedKind, Form>();
  for (const tool of run === 'native' ? hostedTools : []) {
    const form = formOf(tool, forms);
    if (form !== null) native.set(tool.kind, form);
  }
  const functions = tools.filter(({ hosted }) => hosted === undefined || !native.has(hosted));
  return { native, functions };
}

function formOf<Form>(tool: HostedTool, forms: NativeForms<Form>): Form | null {
  // The entry of a kind takes the tool of that kind.
  const toForm = forms[tool.kind] as ((one: HostedTool) => Form | null) | undefined;
  return toForm?.(tool) ?? null;
}
