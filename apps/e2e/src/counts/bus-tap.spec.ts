import { expect, it } from 'vitest';
import { PublishReader, type TappedMessage } from './bus-tap.ts';

const conversation = [
  'CONNECT {"user":"responses","verbose":false}\r\n',
  'SUB auth.revoked 1\r\n',
  'PUB llm.stream _INBOX_responses.llm.a.1 11\r\nPUB x 0\r\n\r\n\r\n',
  'HPUB _INBOX_llm.a.1 12 16\r\nNATS/1.0\r\n\r\nbody\r\n',
  'PUB $JS.API.CONSUMER.MSG.NEXT.EVENTS.responses-users-removed inbox 2\r\n{}\r\n',
  'PUB llm.stream.cancel 3\r\nabc\r\n',
  'PING\r\n',
].join('');

it.each([1, 3, 7, conversation.length])('reads the messages from pieces of %i bytes', (size) => {
  const messages: TappedMessage[] = [];
  const reader = new PublishReader((message) => messages.push(message));
  const bytes = Buffer.from(conversation);
  for (let place = 0; place < bytes.length; place += size) reader.take(bytes.subarray(place, place + size));
  expect(messages).toEqual([
    { service: 'responses', subject: 'llm.stream' },
    { service: 'responses', subject: '_INBOX_llm.a.1' },
  ]);
});
