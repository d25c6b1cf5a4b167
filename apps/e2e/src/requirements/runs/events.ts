import { architecture, type Requirement } from '../requirement.ts';

export const eventRequirements = {
  'events-order': architecture(
    'Decisions',
    'A durable consumer hears every step of a response once, in order',
  ),
  'events-crash': architecture('Decisions', 'A process that dies loses no event and tells none twice'),
  'events-unstored': architecture(
    'Decisions',
    'Of a response with store: false only usage is told, without its id',
  ),
  'events-users': architecture('Decisions', 'A new account is told of'),
  'events-mcp': architecture('Decisions', 'A call of an MCP client is told of, that of a run once'),
  'events-users-removed': architecture(
    'Decisions',
    'What is kept of a guest goes with the account, in every service',
  ),
} satisfies Record<string, Requirement>;
