// Streams the answer.
import { check, client, model } from './client.mjs';

const stream = client.responses.stream({ model, input: 'Say hello in one sentence.' });
stream.on('response.output_text.delta', ({ delta }) => process.stdout.write(delta));
const response = await stream.finalResponse();
console.log(`\n${response.usage.total_tokens} tokens`);

check(response.status === 'completed' && response.output_text !== '', JSON.stringify(response));
