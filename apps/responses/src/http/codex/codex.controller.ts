import { codexRoutes } from '@antiphon/dialects';
import { controllerFor } from '../dialect.controller.ts';

export const CodexController = controllerFor(codexRoutes.responses);
