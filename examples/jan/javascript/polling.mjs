// Polls a background task until it ends.
import { check, create, headers, url } from './session.mjs';

async function pollForCompletion(responseId, headers, maxWait = 300000) {
  const startTime = Date.now();

  while (Date.now() - startTime < maxWait) {
    const response = await fetch(`${url}/responses/v1/responses/${responseId}`, { headers });
    const result = await response.json();

    console.log(`Status: ${result.status}`);

    if (['completed', 'failed', 'cancelled'].includes(result.status)) {
      return result;
    }

    await new Promise((resolve) => setTimeout(resolve, 2000));
  }

  throw new Error('Task did not complete in time');
}

const submitted = await create({
  input: 'Write a comprehensive analysis of AI safety',
  background: true,
  store: true,
});
const { id, status } = await submitted.json();
check(status === 'queued', `status ${status}`);

// Usage
const result = await pollForCompletion(id, headers);
console.log('Output:', result.output);
console.log(`It ran for ${result.completed_at - result.started_at} s`);

check(result.status === 'completed' && typeof result.output === 'string', JSON.stringify(result));
check(
  [result.queued_at, result.started_at, result.completed_at].every(Number.isInteger),
  'times are unix times',
);
