import { architecture, type Requirement } from '../requirement.ts';

export const tracingRequirements = {
  tracing: architecture(
    'Decisions',
    'One trace shows a request, its run, its model turns and its tool calls across services, with the caller',
  ),
} satisfies Record<string, Requirement>;
