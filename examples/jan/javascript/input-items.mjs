// Lists the input of the model: instructions, earlier turns and the question.
import { check, create, headers, url } from './session.mjs';

const first = await (await create({ input: 'My name is Ada.' })).json();
const second = await (
  await create({ input: 'What is my name?', system_prompt: 'Be brief.', previous_response_id: first.id })
).json();

const response = await fetch(`${url}/responses/v1/responses/${second.id}/input_items`, { headers });
const items = await response.json();
for (const item of items) {
  console.log(`Role: ${item.role}`);
  console.log(`Content: ${item.content.slice(0, 100)}...`);
  console.log('---');
}

check(response.status === 200, `status ${response.status}`);
check(items.map((item) => item.role).join() === 'system,user,assistant,user', JSON.stringify(items));
