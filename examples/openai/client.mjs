// Shared by the other examples: the stock client with this server's address and a guest's token.
import OpenAI from 'openai';

const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: apiKey } = await login.json();

export const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });

/** The model: OPENAI_MODEL, or the first one the server lists. */
export const model = process.env.OPENAI_MODEL ?? (await client.models.list()).data[0].id;

/** Ends the example with an error unless the answer is what the API promises. */
export function check(isAsPromised, complaint) {
  if (isAsPromised) return;
  console.error(`Not what the API promises: ${complaint}`);
  process.exit(1);
}
