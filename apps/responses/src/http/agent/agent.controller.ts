import { agentRoutes } from '@antiphon/dialects';
import { controllerFor } from '../dialect.controller.ts';

export const AgentController = controllerFor(agentRoutes.responses);
