import { type ProviderScript, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import type { Response, ResponseInputItem, Tool } from 'openai/resources/responses/responses';
import { afterAll } from 'vitest';
import { OutsideServer } from '../servers/mcp-server.ts';
import { sharedSystem } from '../system/system.ts';

export const model = 'gpt-scripted';
export const neverAsk = { require_approval: 'never' } as const;

/** A model that calls tools first and then repeats their outputs. */
export function callsFirst(...calls: [name: string, args: object][]): ProviderScript {
  return ({ toolOutputs }) =>
    toolOutputs.length > 0
      ? [text(toolOutputs.join(' | '))]
      : calls.map(([name, args], index) => toolCall(name, args, { id: `call_${index}`, index }));
}
export const write = (words: string): [string, object] => ['notes__write_note', { text: words }];
export const itemsOf = <Type extends Response['output'][number]['type']>({ output }: Response, type: Type) =>
  output.filter((item): item is Extract<Response['output'][number], { type: Type }> => item.type === type);
export const approve = (id: string, yes = true): ResponseInputItem.McpApprovalResponse => ({
  type: 'mcp_approval_response',
  approval_request_id: id,
  approve: yes,
});

/** The shared system with a client, and an MCP server outside of it, which ends with the calling spec. */
export async function mcpSystem() {
  const system = await sharedSystem();
  const { provider } = system;
  const outside = await OutsideServer.start();
  const token = await system.token();
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
  const client = clientOf(token);

  afterAll(() => outside.stop());

  const notes = (changes: Partial<Tool.Mcp> = {}): Tool.Mcp => ({
    type: 'mcp',
    server_label: 'notes',
    server_url: outside.url,
    ...changes,
  });
  return { system, provider, outside, token, clientOf, client, notes };
}
