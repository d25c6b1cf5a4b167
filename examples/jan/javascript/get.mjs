// Reads a stored response.
import { check, create, headers, url } from './session.mjs';

const created = await (await create({ input: 'Say hello in one sentence.' })).json();
const responseId = created.id;

const response = await fetch(`${url}/responses/v1/responses/${responseId}`, { headers });

const result = await response.json();
console.log(`Status: ${result.status}`);
console.log(`Output length: ${result.output?.length || 0} chars`);

check(response.status === 200, `status ${response.status}`);
check(JSON.stringify(result) === JSON.stringify(created), 'what is read is what was answered');
