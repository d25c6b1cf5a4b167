// A conversation that the server keeps: each response continues it, and adds its turn to it.
import { check, client, model } from './client.mjs';

const conversation = await client.conversations.create({ metadata: { topic: 'names' } });
await client.responses.create({ model, input: 'Hello, my name is Ada.', conversation: conversation.id });
const second = await client.responses.create({
  model,
  input: 'What is my name?',
  conversation: conversation.id,
});
console.log(second.output_text);

const items = [];
for await (const item of client.conversations.items.list(conversation.id, { order: 'asc' })) items.push(item);
console.log(
  items.map((item) => `${item.role}: ${item.content.map((part) => part.text).join('')}`).join('\n'),
);
check(items.length === 4, JSON.stringify(items));

await client.conversations.delete(conversation.id);
