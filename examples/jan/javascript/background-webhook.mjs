// A background task with a webhook for its end, received and verified here without a library.
//
// The server only sends webhooks to public addresses. To receive one on your own machine, allow it: EGRESS_ALLOWED_HOSTS=webhooks:127.0.0.1
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { check, headers, url } from './session.mjs';

// The secret that signs our webhooks.
const { secret } = await (await fetch(`${url}/v1/webhooks/secret`, { headers })).json();

/** Standard Webhooks: HMAC-SHA256 of "id.timestamp.body" by the base64 key behind "whsec_". */
function isSigned(
  body,
  { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures },
) {
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  // While a secret is being replaced there are two signatures.
  return (
    isRecent &&
    signatures.split(' ').some((signature) => {
      const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    })
  );
}

const receiver = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    res.writeHead(isSigned(body, req.headers) ? 200 : 401, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify({ received: true }));
    receiver.emit('webhook', req.headers, body);
  });
});
receiver.listen(Number(process.env.WEBHOOK_PORT ?? 0), '127.0.0.1');
await once(receiver, 'listening');
const delivered = once(receiver, 'webhook');

// Submit background task with webhook
const response = await fetch(`${url}/responses/v1/responses`, {
  method: 'POST',
  headers: {
    ...headers,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'jan-v2-30b',
    input: 'Generate detailed market research report on AI tools',
    background: true,
    store: true,
    metadata: {
      webhook_url: `http://127.0.0.1:${receiver.address().port}/webhook`,
      callback_token: 'secret_token_123',
    },
  }),
});

const task = await response.json();
check(response.status === 200 && task.status === 'queued', JSON.stringify(task));
console.log(`Task ${task.id} queued at ${new Date(task.queued_at * 1000)}`);

const [webhookHeaders, body] = await delivered;
receiver.close();
const { id, status, output, error, metadata } = JSON.parse(body);
console.log(`${webhookHeaders['x-jan-event']} for ${webhookHeaders['x-jan-response-id']}`);
console.log(status === 'completed' ? `Output: ${output}` : `Error: ${error}`);

check(isSigned(body, webhookHeaders), 'the webhook is signed');
check(!isSigned(`${body} `, webhookHeaders), 'the signature covers the body');
check(id === task.id && webhookHeaders['x-jan-response-id'] === id, 'the webhook names the task');
check(status === 'completed' && metadata.callback_token === 'secret_token_123', body);
