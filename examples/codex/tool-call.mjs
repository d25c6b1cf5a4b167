// A tool of our own: the stream shows the call, we leave it, send the output, and read the answer.
import { check, model, retrieve, stream, submitToolOutputs } from './client.mjs';

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_time',
      description: 'Return current time.',
      parameters: { type: 'object', properties: {} },
    },
  },
];

let responseId;
let toolCallId;
for await (const event of await stream({ model, input: 'Get system time.', tools })) {
  if (event.type === 'response.created') responseId = event.response.id;
  if (event.type === 'response.tool_call.delta') {
    toolCallId = JSON.parse(event.delta)[0].id;
    break;
  }
}

// A model may answer without the tool.
if (toolCallId) {
  const output = [{ type: 'output_text', text: 'It is 18:42 UTC.' }];
  const taken = await submitToolOutputs({ responseId, toolCallId, output });
  check(taken.status === 'in_progress', JSON.stringify(taken));
}

const result = await retrieve(responseId, { wait: '30s' });
check(result.status === 'completed', JSON.stringify(result));
console.log(result.output[0].content[0].text);
