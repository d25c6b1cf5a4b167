import { expect, it } from 'vitest';
import { TokenMeter } from './token-meter.ts';

const chat = 'data: {"choices":[{"index":0,"delta":{"content":"@1000 "},"finish_reason":null}]}\n\n';
const responses =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"@2000 @3000 "}\n\n' +
  'data: {"type":"response.output_text.done","text":"@2000 @3000 "}\n\n';
const saturated = 'data: {"choices":[{"index":0,"delta":{"content":"token "},"finish_reason":null}]}\n\n';

it.each([1, 5, 10_000])('meters tokens that arrive in pieces of %i bytes', (size) => {
  const meter = new TokenMeter(() => 5000);
  const bytes = Buffer.from(chat + responses + saturated);
  for (let place = 0; place < bytes.length; place += size) meter.take(bytes.subarray(place, place + size));
  expect(meter.tokens).toBe(4);
  expect(meter.transitsUs).toEqual([4000, 3000, 2000]);
  expect(meter.firstAtUs).toBe(5000);
});
