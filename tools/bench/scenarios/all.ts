import { background, backgroundSteady } from './background.ts';
import { conversationTurns } from './conversation.ts';
import { dialects, oneConnection, plainCreate, plainCreateStored, steadyRate } from './plain-create.ts';
import type { Scenario } from './scenario.ts';
import { routeOfTwo } from './route.ts';
import { startUp } from './start-up.ts';
import { storedResponses } from './stored-responses.ts';
import { pacedStreams, saturatedStreams, slowStreams } from './streams.ts';
import { toolLoop } from './tool-loop.ts';
import { websocketTurns } from './websocket.ts';

/** In the order in which they run. The one that fills the database comes last. */
export const scenarios: readonly Scenario[] = [
  plainCreate,
  plainCreateStored,
  oneConnection,
  steadyRate,
  dialects,
  routeOfTwo,
  saturatedStreams,
  pacedStreams,
  slowStreams,
  toolLoop,
  background,
  backgroundSteady,
  conversationTurns,
  websocketTurns,
  startUp,
  storedResponses,
];
