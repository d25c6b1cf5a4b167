import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();

/** What the page may load first, compressed. */
const firstLoadBytesMax = 250_000;

scenario(
  'console-30-first-load',
  'the console is served behind the gateway, small and from its own origin',
  async () => {
    const root = await fetch(system.url, { headers: { accept: 'text/html' }, redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([302, '/console/']);
    const page = await fetch(`${system.url}/console/runs`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded.filter((path) => !path.startsWith('/console/'))).toEqual([]);
    let bytes = 0;
    for (const path of loaded) {
      const file = await fetch(system.url + path);
      expect(file.status, path).toBe(200);
      bytes += gzipSync(await file.bytes()).length;
    }
    expect(bytes).toBeLessThan(firstLoadBytesMax);
  },
);
