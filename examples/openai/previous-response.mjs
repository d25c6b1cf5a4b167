// A conversation: each question continues from the previous answer.
import { check, client, model } from './client.mjs';

const first = await client.responses.create({ model, input: 'My name is Ada.' });
const second = await client.responses.create({
  model,
  input: 'What is my name?',
  previous_response_id: first.id,
});
console.log(second.output_text);

const items = await client.responses.inputItems.list(second.id, { order: 'asc' });
const roles = items.data.map((item) => item.role);
console.log(`The model was sent: ${roles.join(', ')}`);
check(roles.join() === 'user,assistant,user', roles);
