import { controllerFor } from '../dialect.controller.ts';

export const JanController = controllerFor('jan', 'responses/v1/responses');
