/**
 * Takes the pictures of the console for README.md: `node tools/console-pictures.ts [ADDRESS]` against a running local stack (default:
 * http://127.0.0.1:8000). It makes the runs that they show by the API, as the local user, and writes PNG files to `docs/pictures`. Its
 * packages are those of `npm test`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { provideChromium } from './chromium/chromium.ts';
import { repositoryRoot } from './repository.ts';

const address = process.argv[2] ?? 'http://127.0.0.1:8000';
const folder = join(repositoryRoot, 'docs/pictures');
const timeoutMs = 60_000;

interface Picture {
  name: string;
  theme: 'light' | 'dark';
  /** Opens the page and brings it into the state to show. */
  show: (page: Page) => Promise<void>;
}

const server = { type: 'mcp', server_label: 'antiphon' };
const posting = { ...server, allowed_tools: ['calculate', 'current_time', 'post_http_requests'] };
const messages = [
  'What time is it in Tokyo and what is 12 * 7?',
  'What is 250 + 19%?',
  'What time is it in Oslo?',
  'Hello! Who are you?',
];

mkdirSync(folder, { recursive: true });
const { executablePath, environment } = await provideChromium();
const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
  env: { ...process.env, ...environment },
});
try {
  for (const input of messages) await create({ input, tools: [server] });
  const run = await create({
    input: 'What is 17 * 23? What time is it in Paris? POST {"result": 391} to https://httpbin.org/post',
    tools: [posting],
  });
  await create({ input: 'POST {"total": 4} to https://httpbin.org/anything/report', tools: [posting] });
  for (const picture of picturesOf(run)) await take(browser, picture);
} finally {
  await browser.close();
}

function picturesOf(run: string): Picture[] {
  const open = async (page: Page, path: string) => {
    await page.goto(`${address}/console${path}`);
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  };
  return [
    { name: 'playground', theme: 'light', show: (page) => open(page, `/playground?run=${run}`) },
    { name: 'run', theme: 'dark', show: (page) => open(page, `/runs/${run}`) },
    {
      name: 'approvals',
      theme: 'light',
      show: async (page) => {
        await open(page, '/approvals');
        await page.getByRole('button', { name: 'Accept' }).waitFor();
      },
    },
    {
      name: 'usage',
      theme: 'dark',
      show: async (page) => {
        await open(page, '/usage');
        await page.locator('canvas').waitFor();
      },
    },
  ];
}

async function take(from: Browser, { name, theme, show }: Picture): Promise<void> {
  const context = await from.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(timeoutMs);
  try {
    const page = await context.newPage();
    await show(page);
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    process.stdout.write(`${path}\n`);
  } finally {
    await context.close();
  }
}

/** Creates a run and returns its id. Throws where the server refuses it, as one that requires a token does. */
async function create(body: object): Promise<string> {
  const answer = await fetch(`${address}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'default', ...body }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) throw new Error(`/v1/responses answered ${answer.status}: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  return id;
}
