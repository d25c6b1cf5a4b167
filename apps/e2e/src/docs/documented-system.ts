import { type ApiDocument, DocumentedApi } from '../checks/documented.ts';
import { sharedSystem } from '../system/system.ts';

export const unknownId = 'resp_0000000000000000000000000000000000';
export const idOf = ({ text: body }: { text: string }) => (JSON.parse(body) as { id: string }).id;
export const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: {} },
  strict: true,
};

/** The parts of the document. Each has a spec in this folder that calls all its operations. */
export const parts = [
  'openai',
  'jan',
  'codex',
  'agent',
  'messages',
  'webhooks',
  'prompts',
  'runs',
  'approvals',
] as const;

/** The operations of these parts that were not called with success, and those not called with an error. */
export function uncalled(
  api: DocumentedApi,
  ...names: (typeof parts)[number][]
): Record<'good' | 'bad', string[]> {
  const operations = api.operations.filter((operation) =>
    names.some((name) => operation.startsWith(`${name}.`)),
  );
  const without = (called: ReadonlySet<string>) => operations.filter((operation) => !called.has(operation));
  return { good: without(api.seen.good), bad: without(api.seen.bad) };
}

/** The shared system with two callers, and its API as its OpenAPI document describes it. */
export async function documentedSystem() {
  const system = await sharedSystem();
  const { provider } = system;
  const token = await system.token();
  const otherToken = await system.token();
  const document = (await (await fetch(`${system.url}/docs/openapi.json`)).json()) as ApiDocument;
  const api = new DocumentedApi(system.url, document);
  return { system, provider, token, otherToken, api };
}
