// Shared by the other examples: the server's address, a guest's token, and the model.
export const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';

const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
export const { access_token: token } = await login.json();

const models = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });

/** The model: OPENAI_MODEL, or the first one the server lists. */
export const model = process.env.OPENAI_MODEL ?? (await models.json()).data[0].id;

/** Ends the example with an error unless the answer is what the API promises. */
export function check(isAsPromised, complaint) {
  if (isAsPromised) return;
  console.error(`Not what the API promises: ${complaint}`);
  process.exit(1);
}
