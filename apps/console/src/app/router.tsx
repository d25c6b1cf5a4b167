import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from '@tanstack/react-router';
import { type RunFilters, runFilterNames } from '../api/runs.ts';
import { PageFailed, PageMissing } from '../ui/page-states.tsx';
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
export interface ApprovalsSearch {
  status?: 'decided' | undefined;
  tool?: string | undefined;
  id?: string | undefined;
}

export const approvalsRoute = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  validateSearch: ({ status, tool, id }: Record<string, unknown>): ApprovalsSearch => ({
    ...(status === 'decided' && { status }),
    ...(typeof tool === 'string' && tool !== '' && { tool }),
    ...(typeof id === 'string' && { id }),
  }),
  component: lazyRouteComponent(() => import('../approvals/approvals-page.tsx'), 'ApprovalsPage'),
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
