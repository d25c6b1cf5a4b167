// 404: a response that does not exist or belongs to another caller.
import { check, headers, url } from './session.mjs';

const response = await fetch(`${url}/responses/v1/responses/invalid_id`, { headers });

if (response.status === 404) {
  console.log('Response not found or deleted');
}

const { error } = await response.json();
check(
  response.status === 404 && error.code === 'not_found',
  `status ${response.status}: ${JSON.stringify(error)}`,
);
