// One question, one tool: the server calls the tool itself.
import { check, headers, url } from './session.mjs';

const response = await fetch(`${url}/responses/v1/responses`, {
  method: 'POST',
  headers: {
    ...headers,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'jan-v2-30b',
    input: "What's the weather in San Francisco?",
    temperature: 0.7,
    stream: false,
  }),
});

const result = await response.json();
console.log(`Response ID: ${result.id}`);
console.log(`Output: ${result.output}`);
console.log(`Tools Used: ${result.tool_executions?.length || 0}`);

check(response.status === 200, `status ${response.status}`);
check(result.status === 'completed' && typeof result.output === 'string', JSON.stringify(result));
check(
  result.usage.total_tokens === result.usage.prompt_tokens + result.usage.completion_tokens,
  'usage adds up',
);
