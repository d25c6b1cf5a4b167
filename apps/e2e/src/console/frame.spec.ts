import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, leaveAndReturn, withConsole } from './browser.ts';

const system = await sharedSystem();
/** The pages of the navigation. */
const paths = [
  '/playground',
  '/runs',
  '/approvals',
  '/tools',
  '/tools?tab=servers',
  '/models',
  '/conversations',
  '/prompts',
  '/new-prompt',
  '/webhooks',
  '/usage',
  '/settings',
];
const narrow = { width: 360, height: 740 };

scenario(
  ['console-20-accessible', 'console-19-one-live-region', 'console-27-catalogue'],
  'each page is accessible at 360 px, light and dark, and has no text outside the catalogue',
  async () => {
    await withConsole(
      async (window) => {
        await window.signIn(await system.token());
        const { page } = await window.open('/playground');
        for (const path of paths) {
          await page.emulateMedia({ colorScheme: 'light' });
          await page.goto(`/console${path}${path.includes('?') ? '&' : '?'}locale=pseudo`);
          await titleOf(page).waitFor();
          await expect.poll(() => page.locator('[aria-busy=true]').count(), { message: path }).toBe(0);
          expect(await page.evaluate(plainTexts), path).toEqual([]);
          expect(await accessibilityFindings(page), path).toEqual([]);
          const width = await page.evaluate<number>('document.documentElement.scrollWidth');
          expect(width, `${path} scrolls sideways`).toBeLessThanOrEqual(narrow.width);
          const liveRegions = page.locator('[role=status], [aria-live]:not([aria-live=off], .cm-announced)');
          expect(await liveRegions.count(), path).toBe(1);
          await page.emulateMedia({ colorScheme: 'dark' });
          expect(await accessibilityFindings(page, ['color-contrast']), path).toEqual([]);
        }
      },
      { viewport: narrow },
    );
  },
  180_000,
);

scenario(
  'console-20-accessible',
  'the keyboard reaches the content and opens pages from the menu',
  async () => {
    await withConsole(
      async (window) => {
        await window.signIn(await system.token());
        const { page } = await window.open('/playground');
        await page.reload();
        await titleOf(page).waitFor();
        await page.keyboard.press('Tab');
        await expectFocus(page, 'Skip to the content');
        await page.keyboard.press('Tab');
        await expectFocus(page, 'Open the menu');
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
        await page.keyboard.press('Enter');
        await page.getByRole('link', { name: 'Runs' }).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: 'Runs' }).waitFor({ state: 'hidden' });
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.waitForURL('**/console/runs');
        await page.waitForFunction(
          "document.title === 'Runs · Antiphon' && document.activeElement.id === 'content'",
        );
        expect(await page.getByRole('link', { name: 'Settings' }).isVisible()).toBe(false);
      },
      { viewport: narrow },
    );
  },
);

scenario('console-server-away', 'a server that is away loses nothing that was typed', async () => {
  await withConsole(async (window) => {
    await window.signIn(await system.token());
    const { page } = await window.open('/playground');
    await page.getByLabel('Message').fill('What I typed');
    await page.route('**/v1/**', (route) => route.abort('connectionrefused'));
    // An open stream is not cut by the route; a tab that comes to the front opens it anew.
    await leaveAndReturn(page);
    const notice = page.getByText('The server cannot be reached').first();
    await notice.waitFor();
    await page.getByLabel('Message').press('Enter');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
    await page.unroute('**/v1/**');
    await notice.waitFor({ state: 'hidden' });
    expect(await page.getByLabel('Message').inputValue()).toBe('What I typed');

    // What could not be read is read again once the server is back, also where the machine has no network.
    await page.evaluate("dispatchEvent(new Event('offline'))");
    await page.route('**/v1/approvals?*', (route) => route.abort('connectionrefused'));
    await page.route('**/v1/runs?*', (route) => route.fulfill({ status: 500, json: {} }));
    await leaveAndReturn(page);
    await notice.waitFor();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.unrouteAll();
    await page.getByText('No runs yet').waitFor();
  });
});

function titleOf(page: Page) {
  return page.getByRole('main').getByRole('heading', { level: 1 });
}

async function expectFocus(page: Page, name: string): Promise<void> {
  const focused = await page.evaluate(
    'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
  );
  expect(focused).toBe(name);
}

/** The texts of the page that a reader sees or hears with a letter of the alphabet, apart from data of users and of the system. Runs in the page. */
const plainTexts = `(() => {
  const found = [];
  const isData = (element) => element.closest('[translate=no], script, style, noscript') !== null;
  const note = (text) => { if (/[a-z]/i.test(text)) found.push(text.trim()); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!isData(node.parentElement)) note(node.data);
  for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
    for (const element of document.querySelectorAll('[' + name + ']'))
      if (!isData(element)) note(element.getAttribute(name));
  return found;
})()`;
