// Runs a tool that the model calls, and sends its result.
import { check, client, model } from './client.mjs';

const request = {
  model,
  max_tokens: 1024,
  tools: [
    {
      name: 'get_weather',
      description: 'Get the weather of a city',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ],
};
const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];

const asked = await client.messages.create({ ...request, messages });
check(asked.stop_reason === 'tool_use', JSON.stringify(asked));
const calls = asked.content.filter(({ type }) => type === 'tool_use');
for (const { name, input } of calls) console.log(`${name}(${JSON.stringify(input)})`);

messages.push({ role: 'assistant', content: asked.content });
messages.push({
  role: 'user',
  content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'sunny, 22°C' })),
});
const answer = await client.messages.create({ ...request, messages });
const text = answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
console.log(text);

check(text !== '', JSON.stringify(answer));
