// 422: a chain of tools that exceeds its limit. A model that needs fewer tools answers normally.
import { check, create } from './session.mjs';

const response = await create({
  input: 'Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations',
  metadata: { max_depth: 1 },
});
const result = await response.json();

if (response.status === 422) {
  console.log(JSON.stringify(result, null, 2));
  check(result.error.message === 'Tool execution exceeded maximum depth of 1', result.error.message);
  check(
    result.error.type === 'execution_error' && result.error.code === 'max_depth_exceeded',
    JSON.stringify(result),
  );
} else {
  console.log(`Within the limit: ${result.output}`);
  check(response.status === 200 && result.status === 'completed', JSON.stringify(result));
}
