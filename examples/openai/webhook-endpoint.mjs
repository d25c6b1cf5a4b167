// Registers an endpoint for the ends of all background responses, receives an event and verifies it with the stock client.
//
// The server only sends webhooks to public addresses. To receive one on your own machine, allow it: EGRESS_ALLOWED_HOSTS=webhooks:127.0.0.1
import { once } from 'node:events';
import { createServer } from 'node:http';
import { check, client, model } from './client.mjs';

const receiver = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    res.writeHead(200).end();
    receiver.emit('webhook', Buffer.concat(chunks).toString(), req.headers);
  });
});
receiver.listen(Number(process.env.WEBHOOK_PORT ?? 0), '127.0.0.1');
await once(receiver, 'listening');

// The server shows the secret only here.
const endpoint = await client.webhooks.create({
  name: 'My receiver',
  url: `http://127.0.0.1:${receiver.address().port}/webhook`,
  event_types: ['response.completed', 'response.failed'],
});
console.log(`${endpoint.id} hears of ${endpoint.event_types.join(', ')}`);

const delivered = once(receiver, 'webhook');
const { id } = await client.responses.create({
  model,
  input: 'Write a short market report',
  background: true,
});

// Throws unless the signature is valid and the event is recent. Deliveries may repeat; repetitions have the same webhook-id.
const [body, headers] = await delivered;
const event = await client.webhooks.unwrap(body, headers, endpoint.signing_secret);
console.log(`${event.type} for ${event.data.id} (${headers['webhook-id']})`);
check(event.type === 'response.completed' && event.data.id === id, body);

const response = await client.responses.retrieve(event.data.id);
console.log(response.output_text);

receiver.close();
await client.webhooks.delete(endpoint.id);
