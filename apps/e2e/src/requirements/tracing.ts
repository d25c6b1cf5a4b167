import type { Requirement } from '../requirements.ts';

export const tracingRequirements = {
  tracing: {
    source: { document: 'ARCHITECTURE.md', section: 'Decisions' },
    text: 'One trace shows a request, its run, its model turns and its tool calls across services, and for whom they were',
  },
} satisfies Record<string, Requirement>;
