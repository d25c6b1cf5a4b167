import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from '@tanstack/react-router';
import { type Age, ages, type ApprovalFilters } from '../api/approvals.ts';
import { type RunFilters, runFilterNames } from '../api/runs.ts';
import { readModelsSearch } from '../models/models-search.ts';
import { readToolsSearch } from '../tools/tools-search.ts';
import { PageFailed, PageMissing } from '../ui/page-states.tsx';
import { readUsageSearch } from '../usage/usage-search.ts';
import { readWebhooksSearch } from '../webhooks/webhooks-search.ts';
import { readRunSearch } from './run-search.ts';
import { Shell } from './shell.tsx';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: PageMissing,
  errorComponent: PageFailed,
});

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: () => <Navigate to="/playground" replace />,
});

/** What the address says of the playground: the run that it shows, and the prompt, the run or the model that its draft starts from. */
export interface PlaygroundSearch {
  run?: string | undefined;
  prompt?: string | undefined;
  /** The version of the prompt; without it, the default one. */
  version?: string | undefined;
  /** The run whose conversation before `turn` the draft begins with. */
  fork?: string | undefined;
  turn?: number | undefined;
  model?: string | undefined;
}

export const playgroundRoute = createRoute({
  getParentRoute: () => root,
  path: '/playground',
  validateSearch: ({
    run,
    prompt,
    version,
    fork,
    turn,
    model,
  }: Record<string, unknown>): PlaygroundSearch => ({
    ...(typeof run === 'string' && { run }),
    ...(typeof prompt === 'string' && { prompt }),
    ...versionIn({ version }),
    ...(typeof fork === 'string' && { fork }),
    ...(Number.isInteger(Number(turn)) && Number(turn) >= 0 && { turn: Number(turn) }),
    ...(typeof model === 'string' && { model }),
  }),
  component: lazyRouteComponent(() => import('../playground/playground-page.tsx'), 'PlaygroundPage'),
});

export const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: (search: Record<string, unknown>): RunFilters =>
    Object.fromEntries(
      runFilterNames.flatMap((name) =>
        // A text of digits is a number in the address.
        ['string', 'number'].includes(typeof search[name]) && search[name] !== ''
          ? [[name, String(search[name])]]
          : [],
      ),
    ),
  component: lazyRouteComponent(() => import('../runs/runs-page.tsx'), 'RunsPage'),
});

export const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import('../runs/run/run-page.tsx'), 'RunPage'),
});

/** What the address says of the inbox: its filters, and the approval that is open. */
export interface ApprovalsSearch extends ApprovalFilters {
  status?: 'decided' | undefined;
  id?: string | undefined;
}

export const approvalsRoute = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  validateSearch: ({
    status,
    tool,
    dialect,
    caller,
    older,
    id,
  }: Record<string, unknown>): ApprovalsSearch => ({
    ...(status === 'decided' && { status }),
    ...(typeof tool === 'string' && tool !== '' && { tool }),
    ...(typeof dialect === 'string' && dialect !== '' && { dialect }),
    ...(caller === 'me' && { caller }),
    ...(ages.some((age) => age === older) && { older: older as Age }),
    ...(typeof id === 'string' && { id }),
  }),
  component: lazyRouteComponent(() => import('../approvals/approvals-page.tsx'), 'ApprovalsPage'),
});

export const toolsRoute = createRoute({
  getParentRoute: () => root,
  path: '/tools',
  validateSearch: readToolsSearch,
  component: lazyRouteComponent(() => import('../tools/tools-page.tsx'), 'ToolsPage'),
});

export const modelsRoute = createRoute({
  getParentRoute: () => root,
  path: '/models',
  validateSearch: readModelsSearch,
  component: lazyRouteComponent(() => import('../models/models-page.tsx'), 'ModelsPage'),
});

/** What the address says of the list of prompts: its filters. */
export interface PromptsSearch {
  name?: string | undefined;
  tag?: string | undefined;
}

export const promptsRoute = createRoute({
  getParentRoute: () => root,
  path: '/prompts',
  validateSearch: ({ name, tag }: Record<string, unknown>): PromptsSearch => ({
    ...(typeof name === 'string' && name !== '' && { name }),
    ...(typeof tag === 'string' && tag !== '' && { tag }),
  }),
  component: lazyRouteComponent(() => import('../prompts/prompts-page.tsx'), 'PromptsPage'),
});

const newPromptRoute = createRoute({
  getParentRoute: () => root,
  path: '/new-prompt',
  component: lazyRouteComponent(() => import('../prompts/new-prompt-page.tsx'), 'NewPromptPage'),
});

/** What the address says of a prompt: the tab, the version that is shown, and the version that it is compared with. */
export interface PromptSearch {
  tab?: 'versions' | undefined;
  version?: string | undefined;
  base?: string | undefined;
}

export const promptRoute = createRoute({
  getParentRoute: () => root,
  path: '/prompts/$id',
  validateSearch: ({ tab, version, base }: Record<string, unknown>): PromptSearch => ({
    ...(tab === 'versions' && { tab }),
    ...versionIn({ version }),
    ...versionIn({ base }),
  }),
  component: lazyRouteComponent(() => import('../prompts/prompt-page.tsx'), 'PromptPage'),
});

/** A search parameter that is the number of a version; the router reads digits as a number. */
function versionIn(parameter: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameter).flatMap(([name, value]) =>
      /^[1-9]\d{0,8}$/.test(String(value)) ? [[name, String(value)]] : [],
    ),
  );
}

export const webhooksRoute = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  validateSearch: readWebhooksSearch,
  component: lazyRouteComponent(() => import('../webhooks/webhooks-page.tsx'), 'WebhooksPage'),
});

export const usageRoute = createRoute({
  getParentRoute: () => root,
  path: '/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(() => import('../usage/usage-page.tsx'), 'UsagePage'),
});

export const settingsRoute = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../settings/settings-page.tsx'), 'SettingsPage'),
});

export const conversationsRoute = createRoute({
  getParentRoute: () => root,
  path: '/conversations',
  component: lazyRouteComponent(() => import('../conversations/conversations-page.tsx'), 'ConversationsPage'),
});

export const conversationRoute = createRoute({
  getParentRoute: () => root,
  path: '/conversations/$id',
  validateSearch: ({ turn }: Record<string, unknown>): { turn?: string } =>
    typeof turn === 'string' ? { turn } : {},
  component: lazyRouteComponent(() => import('../conversations/conversation-page.tsx'), 'ConversationPage'),
});

const routeTree = root.addChildren([
  index,
  playgroundRoute,
  runsRoute,
  runRoute,
  approvalsRoute,
  toolsRoute,
  modelsRoute,
  promptsRoute,
  newPromptRoute,
  promptRoute,
  webhooksRoute,
  usageRoute,
  settingsRoute,
  conversationsRoute,
  conversationRoute,
]);

export const router = createRouter({
  routeTree,
  basepath: '/console',
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: PageMissing,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
