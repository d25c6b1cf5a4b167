import type { ContentPart, InputItem } from '@antiphon/contracts';
import { Egress } from '@antiphon/service-kit';
import { afterAll, describe, expect, it } from 'vitest';
import { checkLinks } from './check-links.ts';

const egress = new Egress(
  {
    allowedHosts: ['images.internal:8000'],
    allowedPorts: [80, 443],
    connectTimeoutMs: 1_000,
    connectionsPerHostMax: 1,
  },
  'links',
);

afterAll(() => egress.close());

const image = (url: string): ContentPart => ({ type: 'image', url });
const message = (...content: ContentPart[]): InputItem => ({
  type: 'message',
  id: 'msg_1',
  role: 'user',
  content: [{ type: 'text', text: 'See http://127.0.0.1/.' }, ...content],
  status: 'completed',
});
const output = (...parts: ContentPart[]): InputItem => ({
  type: 'function_call_output',
  id: 'fco_1',
  callId: 'call_1',
  output: parts,
  status: 'completed',
});

describe('links to images and files', () => {
  it('may be public URLs, listed URLs or data URLs', () => {
    const links = [
      'https://example.com/a.png',
      'http://images.internal:8000/a.png',
      'data:image/png;base64,AAAA',
    ];
    expect(() =>
      checkLinks(egress, [message(...links.map(image)), output(image(links[0] ?? ''))]),
    ).not.toThrow();
  });

  it.each([
    [message(image('http://169.254.169.254/latest/meta-data')), 'image_url'],
    [message({ type: 'file', url: 'http://localhost:9200/_search' }), 'file_url'],
    [output(image('http://[::ffff:10.0.0.1]/')), 'image_url'],
  ])('may not be private', (item, param) => {
    expect(() => checkLinks(egress, [item])).toThrow(
      expect.objectContaining({ code: 'invalid_request', param }) as Error,
    );
  });
});
