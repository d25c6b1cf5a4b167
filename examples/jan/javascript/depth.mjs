// Limits the chain of tools: max_depth, within the limit of the server.
import { check, create } from './session.mjs';

const response = await create({
  input: 'Complex research task',
  metadata: {
    max_depth: 3, // Application-level depth control
  },
});
const result = await response.json();

if (response.status === 422) {
  console.log(`Too deep: ${result.error.message}`);
  check(result.error.message === 'Tool execution exceeded maximum depth of 3', result.error.message);
} else {
  console.log(`Depths used: ${result.tool_executions.map((exec) => exec.depth).join(', ') || 'none'}`);
  check(
    response.status === 200 && result.tool_executions.every((exec) => exec.depth < 3),
    JSON.stringify(result),
  );
}

const beyond = await create({ input: 'x', metadata: { max_depth: 100 } });
console.log('A depth of 100:', beyond.status, (await beyond.json()).error.message);
check(beyond.status === 400, `status ${beyond.status}`);
