// Reads a stored response, then deletes it.
import OpenAI from 'openai';
import { check, client, model } from './client.mjs';

const { id, output_text } = await client.responses.create({ model, input: 'Say hello in one sentence.' });
const stored = await client.responses.retrieve(id);
console.log(`${stored.id}: ${stored.status}`);
check(
  JSON.stringify(stored.output).includes(JSON.stringify(output_text)),
  'what is read is what was answered',
);

await client.responses.delete(id);
const error = await client.responses.retrieve(id).catch((thrown) => thrown);
console.log(`Afterwards: ${error.message}`);
check(error instanceof OpenAI.NotFoundError, error);
