import { approvalsTexts } from './en/approvals.ts';
import { conversationsTexts } from './en/conversations.ts';
import { itemsTexts } from './en/items.ts';
import { playgroundTexts } from './en/playground.ts';
import { runsTexts } from './en/runs.ts';
import { shellTexts } from './en/shell.ts';
import { timelineTexts } from './en/timeline.ts';

/** The texts of the console, in ICU MessageFormat. Each page has a file of its own. */
export const en = {
  ...shellTexts,
  ...playgroundTexts,
  ...runsTexts,
  ...timelineTexts,
  ...approvalsTexts,
  ...conversationsTexts,
  ...itemsTexts,
} as const satisfies Record<string, string>;
