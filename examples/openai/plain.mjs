// One question, one answer.
import { check, client, model } from './client.mjs';

const response = await client.responses.create({ model, input: 'Say hello in one sentence.' });
console.log(response.output_text);

check(response.status === 'completed' && response.output_text !== '', JSON.stringify(response));
