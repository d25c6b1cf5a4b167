// Deletes a response.
import { check, create, headers, url } from './session.mjs';

const { id: responseId } = await (await create({ input: 'Say hello in one sentence.' })).json();

const response = await fetch(`${url}/responses/v1/responses/${responseId}`, { method: 'DELETE', headers });

console.log(`Deleted: ${response.status === 204}`);

const gone = await fetch(`${url}/responses/v1/responses/${responseId}`, { headers });
console.log(`Afterwards: ${gone.status}`);

check(response.status === 204 && gone.status === 404, `${response.status}, then ${gone.status}`);
