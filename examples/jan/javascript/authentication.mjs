// Gets a guest token, the only credential that the API needs.
const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';

// Get guest token
const authResponse = await fetch(`${url}/llm/auth/guest-login`, {
  method: 'POST',
});
const { access_token: token, token_type, expires_in } = await authResponse.json();
const headers = { Authorization: `Bearer ${token}` };

console.log(`${token_type} token for ${expires_in} s`);

const me = await fetch(`${url}/llm/auth/me`, { headers });
console.log('I am', (await me.json()).username);

const stranger = await fetch(`${url}/llm/auth/me`, { headers: { Authorization: 'Bearer nonsense' } });
console.log('With another token:', stranger.status);

if (authResponse.status !== 201 || me.status !== 200 || stranger.status !== 401) process.exit(1);
