import { AxeBuilder } from '@axe-core/playwright';
import { provideChromium } from '@antiphon/tools/chromium/chromium';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { sharedSystem } from '../system/system.ts';

const timeoutMs = 30_000;

/** One browser for all specs of a worker; it ends with the worker's process. */
let launched: Promise<Browser> | undefined;
/** The windows of most scenarios, one after the other, which find the console's files in the cache. */
let reused: Promise<ReusedContext> | undefined;

interface ReusedContext {
  context: BrowserContext;
  /** A page of the console's origin that stays open. Its process has the console's scripts compiled, and pages to come share it. */
  kept: Page;
}

async function launch(): Promise<Browser> {
  const { executablePath, environment } = await provideChromium();
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--process-per-site'],
    env: { ...process.env, ...environment },
  });
}

async function newContext(baseURL: string, options: BrowserContextOptions): Promise<BrowserContext> {
  const browser = await (launched ??= launch());
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1280, height: 800 },
    // Animations cost the machine time that the tests need.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(timeoutMs);
  return context;
}

async function newReusedContext(baseURL: string): Promise<ReusedContext> {
  const context = await newContext(baseURL, {});
  const kept = await context.newPage();
  await kept.goto('/console/favicon.svg');
  return { context, kept };
}

/** A page of the console, with what it may not do written down. */
export interface ConsolePage {
  page: Page;
  /** Errors of scripts, violations of the content security policy, requests to other hosts. None may occur. */
  faults: string[];
}

/** Opens pages below `/console` as a user's browser does. Tabs of one window share their cookies. */
export interface ConsoleWindow {
  open(path: string): Promise<ConsolePage>;
  /** Signs in with a key or an access token, as the page does, for the pages to come. What is about signing in uses the page: `signIn`. */
  signIn(credential: string): Promise<void>;
}

/**
 * Runs `use` with a window that has no page, cookie or stored value yet, closes it, and expects that its pages had no fault. `options`: the size,
 * the colour scheme, the time zone. It is signed in where the system allows calls without a token.
 */
export async function withConsole(
  use: (window: ConsoleWindow) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const { url } = await sharedSystem();
  const { viewport, ...others } = options;
  // What a page can set for itself needs no context of its own.
  const shared = Object.keys(others).length === 0 ? await (reused ??= newReusedContext(url)) : undefined;
  const context = shared?.context ?? (await newContext(url, others));
  const pages: ConsolePage[] = [];
  let isClean = false;
  try {
    await use({
      signIn: (credential) => keepLogin(context, credential, url),
      open: async (path) => {
        const page = await context.newPage();
        if (viewport) await page.setViewportSize(viewport);
        const opened: ConsolePage = { page, faults: [] };
        watch(opened, new URL(url).origin);
        pages.push(opened);
        await page.goto(`/console${path}`);
        return opened;
      },
    });
    expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
    if (shared) {
      await Promise.all(pages.map(({ page }) => page.close()));
      await context.clearCookies();
      await shared.kept.evaluate('localStorage.clear()');
      isClean = true;
    }
  } finally {
    if (!isClean) {
      if (shared) reused = undefined;
      await context.close();
    }
  }
}

/** Signs the browser in by the route that the page calls. */
async function keepLogin(context: BrowserContext, credential: string, origin: string): Promise<void> {
  const answer = await context.request.post('/console/session', {
    data: { credential },
    headers: { origin, 'x-antiphon-console': '1' },
  });
  expect(answer.status()).toBe(201);
}

/** Signs in with a key or an access token, as the page offers it; a window that is signed in stays so. Resolves when the page is shown. */
export async function signIn(page: Page, credential: string): Promise<void> {
  const title = page.getByRole('main').getByRole('heading', { level: 1 });
  await title.waitFor();
  if ((await title.textContent()) !== 'Sign in') return;
  await page.getByLabel('API key or access token').fill(credential);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('API key or access token').waitFor({ state: 'detached' });
}

/** Replaces the text of an editor as a user does: in one step, Chromium would keep the styles of the old text, which the policy refuses. */
export async function writeInto(editor: Locator, text: string): Promise<void> {
  await editor.press('ControlOrMeta+a');
  await editor.press('Delete');
  await editor.page().keyboard.insertText(text);
}

/** As when another tab was shown meanwhile: the page opens its stream anew. */
export async function leaveAndReturn(page: Page): Promise<void> {
  await become(page, 'hidden');
  await become(page, 'visible');
}

/** As when another tab is shown, or the page again. */
export async function become(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));`);
}

/** The findings of axe on the page, as sentences; an accessible page has none. `rules`: those rules alone. */
export async function accessibilityFindings(page: Page, rules: string[] = []): Promise<string[]> {
  // Reading axe takes a document longer than a run of it, so each document gets it once.
  const hasAxe = await page.evaluate<boolean>("'axe' in window");
  // The other mode opens a page for the results, which is for pages with frames and takes twice the time.
  const axe = new AxeBuilder({ page, ...(hasAxe && { axeSource: ';' }) })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] });
  const { violations } = await (rules.length === 0 ? axe : axe.withRules(rules)).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`),
  );
}

function watch({ page, faults }: ConsolePage, origin: string): void {
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`));
  page.on('console', (line) => {
    if (/Content.Security.Policy/i.test(line.text())) faults.push(`policy: ${line.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol))
      faults.push(`request: ${url.href}`);
  });
}
