// Shared by the other examples: the stock client with this server's address and a guest's token, and a shim for the calls that it lacks.
import OpenAI from 'openai';

const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: apiKey } = await login.json();

/** As it is. */
export const client = new OpenAI({ baseURL: `${url}/codex/v1`, apiKey });

/** The model: OPENAI_MODEL, or the first one the server lists. */
const models = new OpenAI({ baseURL: `${url}/v1`, apiKey }).models;
export const model = process.env.OPENAI_MODEL ?? (await models.list()).data[0].id;

/** The events of a new response, as the server tells them: the stock `responses.stream()` knows other ones. */
export function stream(body) {
  return client.responses.create({ ...body, stream: true });
}

/** Sends what a tool gave. */
export function submitToolOutputs({ responseId, toolCallId, output }) {
  return client.post(`/responses/${responseId}/tool_outputs`, { body: { tool_call_id: toolCallId, output } });
}

/** The response once it has ended, or as it is after this time. */
export function retrieve(responseId, { wait }) {
  return client.responses.retrieve(responseId, { wait });
}

/** Ends the example with an error unless the answer is what the API promises. */
export function check(isAsPromised, complaint) {
  if (isAsPromised) return;
  console.error(`Not what the API promises: ${complaint}`);
  process.exit(1);
}
