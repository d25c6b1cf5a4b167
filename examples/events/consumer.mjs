// The events of responses for another service of the system: a durable consumer of the stream EVENTS continues where it stopped.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const { host, username, password } = new URL(process.env.NATS_URL ?? 'nats://127.0.0.1:4222');
const nats = await connect({
  servers: host,
  ...(username && { user: username, pass: password }),
  inboxPrefix: '_INBOX_consumer',
});
const stream = 'EVENTS';
const durable = 'example';
const { consumers } = await jetstreamManager(nats, { checkAPI: false });
await consumers.add(stream, {
  durable_name: durable,
  filter_subject: 'events.>',
  deliver_policy: DeliverPolicy.New,
  ack_policy: AckPolicy.Explicit,
});

const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const login = await (await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' })).json();
const created = await fetch(`${url}/responses/v1/responses`, {
  method: 'POST',
  headers: { Authorization: `Bearer ${login.access_token}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ model: 'jan-v2-30b', input: 'What is NATS JetStream?', background: true }),
});
const { id } = await created.json();

const consumer = await jetstream(nats).consumers.get(stream, durable);
const seen = new Set(); // a real consumer remembers ids for as long as a double count would matter
const subjects = [];
for await (const message of await consumer.consume()) {
  const eventId = message.headers.get('Nats-Msg-Id');
  const { occurredAt, data } = message.json();
  if (!seen.has(eventId) && data.responseId === id) {
    subjects.push(message.subject);
    console.log(new Date(occurredAt).toISOString(), message.subject, JSON.stringify(data));
  }
  seen.add(eventId);
  message.ack(); // only now: an unacknowledged event comes again
  if (subjects.at(-1) === 'events.usage.recorded') break;
}
await nats.drain();

const steps = subjects
  .filter((subject) => subject.startsWith('events.responses.'))
  .map((subject) => subject.split('.')[2]);
if (steps.join() !== 'created,queued,in_progress,completed') {
  console.error(`Not what the events promise: ${steps}`);
  process.exit(1);
}
