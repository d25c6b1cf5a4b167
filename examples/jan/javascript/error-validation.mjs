// 400: a request without its input.
import { check, create } from './session.mjs';

const response = await create({
  // Missing required 'input' field
});
const { error } = await response.json();
console.log(`Error: ${error.message}`);
console.log(`Type: ${error.type}`);

check(response.status === 400, `status ${response.status}`);
check(error.type === 'invalid_request_error' && error.message.includes('input'), JSON.stringify(error));
