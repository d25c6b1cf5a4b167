// Cancels a background task.
import { check, create, headers, url } from './session.mjs';

const { id: taskId } = await (await create({ input: 'A very long report', background: true })).json();

const response = await fetch(`${url}/responses/v1/responses/${taskId}/cancel`, { method: 'POST', headers });

const result = await response.json();
console.log(`Task cancelled: ${result.status}`);
console.log(`Cancelled at: ${result.cancelled_at}`);

// A task that has already ended keeps its status.
check(response.status === 200 && ['cancelled', 'completed'].includes(result.status), JSON.stringify(result));

const again = await fetch(`${url}/responses/v1/responses/${taskId}/cancel`, { method: 'POST', headers });
check(
  again.status === 200 && (await again.json()).status === result.status,
  'cancelling twice is the same as once',
);
