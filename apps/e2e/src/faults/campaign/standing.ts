import type { JanClient, JanResponse } from '../../clients/jan-client.ts';
import { clientToolInput } from '../marked-runs.ts';

/** Responses that have ended or wait before the first fault, and must be unchanged after the last. */
export interface Standing {
  paused: JanResponse;
  turns: JanResponse[];
  conversation: string;
}

/** The function that the model calls for the input `clientToolInput`. */
const ownTool = {
  type: 'function',
  name: 'ask_the_user',
  parameters: { type: 'object', properties: {} },
};

export async function prepareStanding(client: JanClient): Promise<Standing> {
  const conversation = await client.newConversation();
  const make = async (body: Record<string, unknown>) => {
    const { status, body: response, text } = await client.create(body);
    if (status !== 200) throw new Error(`a response before the faults was refused: ${text}`);
    return response;
  };
  const turns = [await make({ input: 'First', conversation }), await make({ input: 'Second', conversation })];
  return { paused: await make({ input: clientToolInput, tools: [ownTool] }), turns, conversation };
}

/** Returns what has changed, as sentences. */
export async function checkStanding(client: JanClient, before: Standing): Promise<string[]> {
  const wrong: string[] = [];
  for (const response of [before.paused, ...before.turns]) {
    const { body } = await client.get(response.id);
    if (response === before.paused && body.pending_tool_calls?.length !== 1)
      wrong.push('the paused run is not paused any more');
    if (JSON.stringify(body) !== JSON.stringify(response)) wrong.push(`${response.id} has changed`);
  }
  const next = (await client.create({ input: 'Third', conversation: before.conversation })).body;
  const inputs = (await client.inputItems(next.id)).body.map(({ content }) => content);
  for (const text of ['First', 'Second', 'Third'])
    if (!inputs.includes(text)) wrong.push(`the conversation has lost "${text}"`);
  return wrong;
}
