import { describe, expect, it } from 'vitest';
import { LocalAccess } from './local-access.ts';

const access = new LocalAccess(
  { publicUrl: 'https://antiphon.example:8443/base', allowedOrigins: ['https://App.example'] },
  ['responses'],
);
const isRefused = (headers: Record<string, string>, method = 'POST') =>
  access.refusalOf({ method, headers: { host: 'localhost:8000', ...headers } })?.code === 'forbidden';

describe('a host', () => {
  it.each([
    'localhost',
    'LOCALHOST:8000',
    'app.localhost:9000',
    'localhost.',
    '127.0.0.1:8000',
    '127.8.9.1',
    '[::1]:8000',
    'antiphon.example',
    'antiphon.example:8443',
    'responses:8082',
  ])('%s is answered', (host) => {
    expect(isRefused({ host })).toBe(false);
    expect(isRefused({ 'x-forwarded-host': host })).toBe(false);
  });

  it.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1:8000@evil.example',
    '192.168.1.5:8000',
    '0.0.0.0:8000',
    '[::2]',
    '',
    'localhost, evil.example',
  ])('%s is refused', (host) => {
    expect(isRefused({ host })).toBe(true);
    expect(isRefused({ 'x-forwarded-host': host })).toBe(true);
  });
});

describe('a page', () => {
  it.each([
    'http://localhost:3000',
    'http://127.0.0.1',
    'https://[::1]:8443',
    'http://tauri.localhost',
    'tauri://localhost',
    'https://antiphon.example:8443',
    'https://app.example',
  ])('of %s may call', (origin) => {
    expect(isRefused({ origin })).toBe(false);
  });

  it.each([
    'null',
    '',
    'https://evil.example',
    'http://localhost.evil.example',
    'http://app.example',
    'https://antiphon.example',
    'file://',
    'chrome-extension://abcdef',
  ])('of %j may not', (origin) => {
    expect(isRefused({ origin })).toBe(true);
    expect(isRefused({ origin }, 'GET')).toBe(true);
    expect(isRefused({ origin }, 'OPTIONS')).toBe(true);
  });

  it('of another site is refused without an Origin too, by `Sec-Fetch-Site`', () => {
    const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(isRefused(image, 'GET')).toBe(true);
    expect(isRefused({ ...link, 'sec-fetch-dest': 'iframe' }, 'GET')).toBe(true);
    expect(isRefused(link, 'POST')).toBe(true);
    expect(isRefused(link, 'GET')).toBe(false);
    expect(isRefused({ ...image, 'sec-fetch-site': 'same-origin' }, 'GET')).toBe(false);
    expect(isRefused({ ...link, 'sec-fetch-site': 'none' }, 'GET')).toBe(false);
  });
});

it('allows programs, which send neither header', () => {
  expect(isRefused({})).toBe(false);
});

it('names the settings that allow the call', () => {
  const headers = { host: 'localhost', origin: 'https://evil.example' };
  expect(access.refusalOf({ headers })?.message).toContain('List the origin in ALLOWED_ORIGINS');
  expect(access.refusalOf({ headers: { host: 'evil.example' } })?.message).toContain('Set PUBLIC_URL');
});
