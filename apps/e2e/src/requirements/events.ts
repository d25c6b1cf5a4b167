import type { Requirement } from '../requirements.ts';

const decision = (text: string) => ({
  source: { document: 'ARCHITECTURE.md' as const, section: 'Decisions' },
  text,
});

export const eventRequirements = {
  'events-order': decision('A durable consumer hears every step of a response once, in order'),
  'events-crash': decision('A process that dies loses no event and tells none twice'),
  'events-unstored': decision('Of a response with store: false only usage is told, without its id'),
  'events-users': decision('A new account is told of'),
} satisfies Record<string, Requirement>;
