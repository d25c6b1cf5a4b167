import { architecture, type Requirement } from '../requirement.ts';

/** Events of the stream EVENTS. */
export const eventRequirements = {
  'events-order': architecture(
    'Decisions',
    'A durable consumer receives every step of a response once, in order',
  ),
  'events-crash': architecture('Decisions', 'A process that dies loses no event and publishes none twice'),
  'events-unstored': architecture(
    'Decisions',
    'A response with store: false publishes its usage only, without its id',
  ),
  'events-users': architecture('Decisions', 'A new account publishes an event'),
  'events-mcp': architecture(
    'Decisions',
    'A call of an MCP client publishes an event; the call of a run publishes one only',
  ),
  'events-users-removed': architecture('Decisions', 'Removing a guest removes its data in every service'),
} satisfies Record<string, Requirement>;
