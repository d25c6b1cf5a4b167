// Shared by the other examples: the server's address, and a guest's token (authentication.mjs shows how to get one).

/** The gateway: ANTIPHON_URL, or the local stack. */
export const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';

const authResponse = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: token } = await authResponse.json();

export const headers = { Authorization: `Bearer ${token}` };

/** Ends the example with an error unless the answer is what the API promises. */
export function check(isAsPromised, complaint) {
  if (isAsPromised) return;
  console.error(`Not what the API promises: ${complaint}`);
  process.exit(1);
}

/** Creates a response and gives the answer, whatever its status. */
export function create(body) {
  return fetch(`${url}/responses/v1/responses`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'jan-v2-30b', ...body }),
  });
}
