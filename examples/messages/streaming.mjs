// Streams the answer.
import { check, client, model } from './client.mjs';

const messages = [{ role: 'user', content: 'Say hello in one sentence.' }];
const stream = client.messages.stream({ model, max_tokens: 1024, messages });
stream.on('text', (text) => process.stdout.write(text));
const message = await stream.finalMessage();
console.log(`\n${message.usage.output_tokens} tokens`);

check(message.stop_reason === 'end_turn' && message.content.length > 0, JSON.stringify(message));
