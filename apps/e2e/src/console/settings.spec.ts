import { toolCall } from '@antiphon/service-kit/testing';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, signIn, withConsole } from './browser.ts';

const system = await sharedSystem();

scenario('console-settings', 'an API key is made, shown once, used and revoked', async () => {
  const { user_id: id, ...account } = await system.login();
  await system.admin('grant', id, 'approvals');
  const { access_token: token } = await system.refresh({ user_id: id, ...account });
  const whoIs = async (key: string) => {
    const answer = await fetch(`${system.url}/v1/me`, { headers: { 'x-api-key': key } });
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  await withConsole(async (window) => {
    await window.signIn(token);
    const { page } = await window.open('/settings');
    await page.getByRole('textbox', { name: 'Name' }).fill('laptop');
    await page.getByLabel('Expires').selectOption({ label: 'In 30 days' });
    await page.getByLabel('approvals').check();
    await page.getByRole('button', { name: 'Create a key' }).click();
    const key = await page.getByLabel('Key', { exact: true }).inputValue();
    expect(await whoIs(key)).toMatchObject({
      status: 200,
      kind: 'key',
      api_key: { name: 'laptop' },
      permissions: { decide_for_others: true },
    });
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('textbox', { name: 'Name' }).waitFor();
    expect(await page.content()).not.toContain(key);
    await page.getByRole('row', { name: `laptop sk_…${key.slice(-4)} api, approvals` }).waitFor();
    await page.getByRole('button', { name: 'Revoke laptop' }).click();
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No API keys yet').waitFor();
    expect((await whoIs(key)).status).toBe(401);
  });
});

scenario(
  ['console-21-time-zone', 'console-settings'],
  'the theme and the time zone hold for every page',
  async () => {
    const client = await system.jan();
    await client.create({ model: 'jan-v2-30b', input: 'Hi' });
    await withConsole(
      async (window) => {
        await window.signIn(client.token);
        const { page } = await window.open('/settings');
        await page.getByLabel('Theme').selectOption({ label: 'Dark' });
        await page.getByLabel('Time zone').fill('Asia/Tokyo');
        const { page: runs } = await window.open('/runs');
        const time = runs.getByRole('time').first();
        await time.waitFor();
        expect(await time.getAttribute('title')).toContain('GMT+9');
        expect(await runs.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
        await runs.goto('/console/runs?created_before=2099-01-31T15:00:00.000Z');
        const before = runs.getByLabel('Before');
        await expect.poll(() => before.inputValue()).toBe('2099-02-01T00:00');
        await before.fill('2099-02-02T00:00');
        await runs.waitForURL(/created_before=2099-02-01T15%3A00%3A00.000Z/);
        await page.getByLabel('Theme').selectOption({ label: 'Light' });
        await runs.waitForFunction("getComputedStyle(document.documentElement).colorScheme === 'light'");
      },
      { timezoneId: 'America/New_York', colorScheme: 'light' },
    );
  },
);

scenario('console-first-steps', 'the local user of the demo starts with one key', async () => {
  system.provider.script = () => [
    toolCall('post_http_requests', { url: 'https://example.com' }, { id: 'call_1' }),
  ];
  await withConsole(async (window) => {
    const { page } = await window.open('/playground');
    // The system under test has accounts and a provider; a local stack differs by these two answers.
    await page.route('**/v1/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...((await answer.json()) as object), is_local: true },
      });
    });
    await page.route('**/v1/models', (route) =>
      route.fulfill({ json: { object: 'list', data: [{ id: 'demo', owned_by: 'demo' }] } }),
    );
    await signIn(page, await system.token());
    await page.getByText('The built-in demo answers').waitFor();
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    await expect.poll(focused).toContain('Needs your approval');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Accept' }).waitFor();
    expect(await page.getByRole('button', { name: 'Needs your approval' }).count()).toBe(0);
  });
});
