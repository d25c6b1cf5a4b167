// A function of your own: the model calls it, you run it and send its output.
import { check, client, model } from './client.mjs';

const tools = [
  {
    type: 'function',
    name: 'get_weather',
    description: 'Get the current weather in a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
    strict: true,
  },
];

const first = await client.responses.create({ model, input: 'What is the weather in Paris?', tools });
const call = first.output.find((item) => item.type === 'function_call');
check(call !== undefined, JSON.stringify(first.output));
console.log(`${call.name}(${call.arguments})`);

const second = await client.responses.create({
  model,
  previous_response_id: first.id,
  input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny, 22°C' }],
  tools,
});
console.log(second.output_text);
check(second.status === 'completed' && second.output_text !== '', JSON.stringify(second));
