// A prompt of your own: written once, run by its id with values for its variables.
import { randomBytes } from 'node:crypto';
import { check, client, model } from '../openai/client.mjs';

const id = `prompt_quantum_${randomBytes(4).toString('hex')}`;
const prompt = await client.post('/prompts', {
  body: {
    id,
    name: 'Explain a topic',
    tags: ['teaching'],
    model,
    settings: { temperature: 0.7, max_output_tokens: 500 },
    system_prompt: 'You are a helpful tutor for {{ difficulty | default("beginner") }}s.',
    messages: [{ role: 'user', content: 'Explain {{ topic }}.' }],
  },
});
console.log(`Made ${prompt.id}, version ${prompt.version}`);

// Without a model: shows the input for the model.
const rendered = await client.post(`/prompts/${id}/render`, {
  body: { variables: { topic: 'quantum computing' } },
});
console.log(rendered.instructions);
console.log(rendered.input[0].content);
check(rendered.instructions === 'You are a helpful tutor for beginners.', JSON.stringify(rendered));

// With one.
const response = await client.responses.create({
  prompt: { id, variables: { topic: 'quantum computing', difficulty: 'expert' } },
  input: 'In two sentences, please.',
});
console.log(response.output_text);
check(response.status === 'completed' && response.prompt.version === '1', JSON.stringify(response));

// As a stream.
const stream = await client.responses.create({ prompt: { id, variables: { topic: 'tea' } }, stream: true });
for await (const event of stream) {
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
}
console.log();

// A change is a new version. The first one runs until another is made the default.
const changed = await client.patch(`/prompts/${id}`, {
  body: { messages: [{ role: 'user', content: 'Explain {{ topic }} to a child.' }], note: 'simpler words' },
  headers: { 'if-match': prompt.etag },
});
await client.post(`/prompts/${id}/default`, { body: { version: changed.version } });
const { changes } = await client.get(`/prompts/${id}/diff?from=1&to=2`);
for (const { path, from, to } of changes) console.log(`${path}: ${from} -> ${to}`);
check(changes.length === 1 && changes[0].path === 'messages[0].content', JSON.stringify(changes));

// Variables that do not fit are refused before the model is called.
try {
  await client.responses.create({ prompt: { id } });
  check(false, 'a missing variable was accepted');
} catch (error) {
  console.log(`${error.status} ${error.code}: ${error.message}`);
  check(error.code === 'prompt_variable_missing', error.message);
}
await client.delete(`/prompts/${id}`);
