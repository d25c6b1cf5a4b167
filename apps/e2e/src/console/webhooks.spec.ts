import OpenAI from 'openai';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, withConsole } from './browser.ts';

const system = await sharedSystem();
const { receiver } = system;

scenario(
  'console-webhooks',
  'an endpoint is registered with its secret shown once, and its deliveries can be read and sent again',
  async () => {
    const token = await system.token();
    const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });
    const url = receiver.at('console', 200, 204);
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/webhooks?tab=endpoints');
      await page.getByText('No endpoints yet').waitFor();
      await page.getByRole('button', { name: 'New endpoint' }).click();
      await page.getByLabel('URL').fill(url);
      await page.getByLabel('Name').fill('reports');
      await page.getByRole('button', { name: 'Create' }).click();
      const secret = page.getByRole('article', { name: 'Signing secret' });
      expect(await secret.getByText(/^whsec_/).innerText()).toMatch(/^whsec_[\w+/=]{40,}$/);
      await secret.getByRole('button', { name: 'I have kept it' }).click();
      await page.getByRole('article', { name: 'reports' }).waitFor();
      expect(await page.getByText(/whsec_[\w+/=]{40,}/).count()).toBe(0);
      expect(await accessibilityFindings(page)).toEqual([]);

      const { id } = await client.responses.create({
        model: 'gpt-scripted',
        input: 'Hello',
        background: true,
      });
      await receiver.received('console', 1);
      await page.getByRole('article', { name: 'reports' }).getByRole('link', { name: 'Deliveries' }).click();
      const delivery = page.getByRole('region', { name: 'Delivery' });
      await delivery.getByText('Delivered').waitFor();
      await delivery.getByText(id).waitFor();
      await delivery.getByText('webhook-signature: v1,***').waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);

      await delivery.getByRole('button', { name: 'Send again' }).click();
      const [first, second] = await receiver.received('console', 2);
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
      const attempts = delivery.getByRole('list', { name: 'Attempts' }).getByRole('listitem');
      await attempts.nth(1).waitFor();
      expect(await attempts.first().innerText()).toContain('204');

      const tabs = page.getByRole('navigation', { name: 'Webhooks' });
      await tabs.getByRole('link', { name: 'Endpoints' }).click();
      await expect.poll(() => tabs.locator('[aria-current]').allInnerTexts()).toEqual(['Endpoints']);
      await page.getByRole('button', { name: 'Disable' }).click();
      await page.getByRole('button', { name: 'Enable' }).waitFor();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Delete it with its deliveries' }).click();
      await page.getByText('No endpoints yet').waitFor();
    });
  },
);
