// Polls a background job with the unchanged stock client.
import { setTimeout as delay } from 'node:timers/promises';
import { check, client, model } from './client.mjs';

const response = await client.responses.create({
  model,
  input: 'Run a long analysis.',
  background: true,
  store: true,
});
console.log('Queued:', response.status, response.id);

for (;;) {
  const stored = await client.responses.retrieve(response.id);
  console.log('Status:', stored.status);
  check(['queued', 'in_progress', 'completed'].includes(stored.status), JSON.stringify(stored));
  if (stored.status === 'completed') {
    console.log('Output:', stored.output[0].content[0].text);
    break;
  }
  await delay(500);
}
