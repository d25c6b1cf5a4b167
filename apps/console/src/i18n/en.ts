import { approvalsTexts } from './en/approvals.ts';
import { contentTexts } from './en/shared/content.ts';
import { editorTexts } from './en/shared/editor.ts';
import { conversationsTexts } from './en/conversations.ts';
import { itemsTexts } from './en/shared/items.ts';
import { modelsTexts } from './en/models.ts';
import { playgroundTexts } from './en/playground.ts';
import { promptsTexts } from './en/prompts.ts';
import { runsTexts } from './en/runs.ts';
import { settingsTexts } from './en/settings.ts';
import { shellTexts } from './en/shared/shell.ts';
import { toolsTexts } from './en/tools.ts';
import { usageTexts } from './en/usage.ts';
import { webhooksTexts } from './en/webhooks.ts';
import { timelineTexts } from './en/shared/timeline.ts';

/** The texts of the console, in ICU MessageFormat. Each page has a file of its own. */
export const en = {
  ...shellTexts,
  ...playgroundTexts,
  ...runsTexts,
  ...timelineTexts,
  ...approvalsTexts,
  ...toolsTexts,
  ...modelsTexts,
  ...conversationsTexts,
  ...itemsTexts,
  ...webhooksTexts,
  ...usageTexts,
  ...settingsTexts,
  ...editorTexts,
  ...contentTexts,
  ...promptsTexts,
} as const satisfies Record<string, string>;
