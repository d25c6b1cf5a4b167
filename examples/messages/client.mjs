// Shared by the other examples: the stock client with this server's address and a guest's token.
import Anthropic from '@anthropic-ai/sdk';

const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: authToken } = await login.json();

export const client = new Anthropic({ baseURL: url, apiKey: null, authToken });

/** The model: OPENAI_MODEL, or the first one the server lists. */
export const model = process.env.OPENAI_MODEL ?? (await firstModel());

async function firstModel() {
  const listed = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${authToken}` } });
  return (await listed.json()).data[0].id;
}

/** Ends the example with an error unless the answer is what the API promises. */
export function check(isAsPromised, complaint) {
  if (isAsPromised) return;
  console.error(`Not what the API promises: ${complaint}`);
  process.exit(1);
}
