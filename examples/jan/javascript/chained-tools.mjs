// Chained tools: search, then read a result.
import { check, headers, url } from './session.mjs';

// Multi-step data gathering
const response = await fetch(`${url}/responses/v1/responses`, {
  method: 'POST',
  headers: {
    ...headers,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'jan-v2-30b',
    input: 'Find the top 3 AI research papers from this week and summarize their key contributions',
    system_prompt: 'Use search and scraping tools efficiently',
    temperature: 0.3,
  }),
});

const result = await response.json();
console.log('Execution Chain:');
result.tool_executions.forEach((exec, i) => {
  console.log(`  ${i + 1}. ${exec.tool_name} → depth ${exec.depth}`);
});
console.log('\nSummary:', result.output);

check(response.status === 200 && result.status === 'completed', JSON.stringify(result));
check(
  result.tool_executions.every((exec, i, all) => exec.depth >= (all[i - 1]?.depth ?? 0)),
  'depths grow along the chain',
);
