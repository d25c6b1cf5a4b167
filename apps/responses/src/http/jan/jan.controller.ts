import { janRoutes } from '@antiphon/dialects';
import { controllerFor } from '../dialect.controller.ts';

export const JanController = controllerFor(janRoutes);
