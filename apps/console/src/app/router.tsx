import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from '@tanstack/react-router';
import { type Age, ages, type ApprovalFilters } from '../api/approvals.ts';
import { type RunFilters, runFilterNames } from '../api/runs.ts';
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

/** What the address says of the playground: the run that it shows, the run and turn that it forks, and the prompt that it starts from. */
export interface PlaygroundSearch {
  run?: string | undefined;
  fork?: string | undefined;
  turn?: number | undefined;
  prompt?: string | undefined;
}

export const playgroundRoute = createRoute({
  getParentRoute: () => root,
  path: '/playground',
  validateSearch: ({ run, fork, turn, prompt }: Record<string, unknown>): PlaygroundSearch => ({
    ...(typeof run === 'string' && { run }),
    ...(typeof fork === 'string' && { fork }),
    ...(typeof turn === 'number' && { turn }),
    ...(typeof prompt === 'string' && { prompt }),
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
