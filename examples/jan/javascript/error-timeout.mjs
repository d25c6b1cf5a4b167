// 408: a run whose time limit ends while a tool runs. Most runs end in time and need no handling.
import { check, create } from './session.mjs';

const response = await create({ input: 'Complex task requiring long tool execution' });
const result = await response.json();

if (response.status === 408) {
  console.log(`Failure reason: ${result.error.message}`);
  // Clients must not retry this request: its tools have run.
  check(response.headers.get('x-should-retry') === 'false', 'x-should-retry is false');
  check(
    result.error.type === 'execution_error' && result.error.code === 'tool_timeout',
    JSON.stringify(result),
  );
} else {
  console.log(`In time: ${result.output}`);
  check(response.status === 200 && result.status === 'completed', JSON.stringify(result));
}
