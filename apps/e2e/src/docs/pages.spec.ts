import { describe, expect, it } from 'vitest';
import { textLike } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { documentedSystem, parts } from './documented-system.ts';

const { system, api } = await documentedSystem();

it('documents no operation without a spec in this folder', () => {
  const isCovered = (operation: string) => parts.some((part) => operation.startsWith(`${part}.`));
  expect(api.operations.filter((operation) => !isCovered(operation))).toEqual([]);
});

describe('the pages', () => {
  scenario('docs-page', 'show the documents, and load nothing from elsewhere', async () => {
    const page = await fetch(`${system.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, textLike(/^text\/html/)]);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const answer = await fetch(new URL(link, system.url));
      expect([link, answer.status, (await answer.arrayBuffer()).byteLength > 0]).toEqual([link, 200, true]);
      expect(link).toMatch(/^\/docs\//);
    }
    const script = await (await fetch(`${system.url}/docs/page.js`)).text();
    for (const [url = ''] of script.matchAll(/\/docs\/\w+\/openapi\.json/g)) {
      const answer = await fetch(`${system.url}${url}`);
      expect([url, answer.status, await answer.json()]).toMatchObject([url, 200, { openapi: '3.1.0' }]);
    }
  });

  scenario('docs-page', 'serve nothing else', async () => {
    for (const path of [
      'nothing/openapi.json',
      'assets/package.json',
      'assets/..%2fpackage.json',
      'assets/__proto__',
    ]) {
      expect([path, (await fetch(`${system.url}/docs/${path}`)).status]).toEqual([path, 404]);
    }
  });
});
