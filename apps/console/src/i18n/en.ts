import { approvalsTexts } from './en/approvals.ts';
import { itemsTexts } from './en/items.ts';
import { playgroundTexts } from './en/playground.ts';
import { runsTexts } from './en/runs.ts';
import { shellTexts } from './en/shell.ts';

/** The texts of the console, in ICU MessageFormat. Each page has a file of its own. */
export const en = {
  ...shellTexts,
  ...playgroundTexts,
  ...runsTexts,
  ...approvalsTexts,
  ...itemsTexts,
} as const satisfies Record<string, string>;
