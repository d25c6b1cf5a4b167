import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, signIn, withConsole } from './browser.ts';

const system = await sharedSystem();
/** The pages of the navigation. */
const paths = ['/playground', '/runs', '/approvals'];

for (const colorScheme of ['light', 'dark'] as const) {
  scenario('console-frame', `each page is accessible at 360 px, ${colorScheme}`, async () => {
    const token = await system.token();
    await withConsole(
      async (window) => {
        for (const path of paths) {
          const { page } = await window.open(path);
          await signIn(page, token);
          await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
          expect(await accessibilityFindings(page), path).toEqual([]);
          const width = await page.evaluate<number>('document.documentElement.scrollWidth');
          expect(width, `${path} scrolls sideways`).toBeLessThanOrEqual(360);
        }
      },
      { colorScheme, viewport: { width: 360, height: 740 } },
    );
  });
}
