// Basic streaming chat.
import { check, model, stream } from './client.mjs';

let text = '';
for await (const event of await stream({ model, input: 'Summarize the repository layout.' })) {
  if (event.type === 'response.output_text.delta') {
    text += event.delta.content[0].text;
    process.stdout.write(event.delta.content[0].text);
  }
  if (event.type === 'response.completed') break;
}
console.log();
check(text !== '', 'no text came');
