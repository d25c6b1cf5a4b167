// Streams the answer: tools and text as server-sent events.
import { check, headers, url } from './session.mjs';

const response = await fetch(`${url}/responses/v1/responses`, {
  method: 'POST',
  headers: {
    ...headers,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'jan-v2-30b',
    input: 'Analyze current tech trends',
    stream: true,
  }),
});

const reader = response.body.getReader();
const decoder = new TextDecoder();
let events = 0;
let isComplete = false;

while (true) {
  const { done, value } = await reader.read();
  if (done) break;

  const chunk = decoder.decode(value);
  const lines = chunk.split('\n');

  for (const line of lines) {
    if (line.startsWith('data: ')) {
      const data = line.slice(6);
      if (data === '[DONE]') {
        console.log('\nStream complete');
        isComplete = true;
        break;
      }

      try {
        const event = JSON.parse(data);
        events++;
        if (event.tool_execution) {
          console.log(`\n[Tool: ${event.tool_execution.tool_name}]`);
        } else if (event.delta?.content) {
          process.stdout.write(event.delta.content);
        }
      } catch (e) {
        // Skip invalid JSON
        check(false, `an event is split over chunks: ${line}`);
      }
    }
  }
}

check(response.headers.get('content-type').startsWith('text/event-stream'), 'the answer is a stream');
check(events > 0 && isComplete, 'the stream has events and ends with [DONE]');
