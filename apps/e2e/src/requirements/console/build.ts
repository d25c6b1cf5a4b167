import { architecture, type Requirement } from '../requirement.ts';

/** What the console promises those who build with tools and models. */
export const buildRequirements = {
  'console-tools-try': architecture(
    'Map',
    'A tool is called from a form of its schema or with JSON: with the right types, never with faulty JSON, and what was typed stays after an error',
  ),
  'console-mcp-servers': architecture(
    'Map',
    'MCP servers are registered with headers that are never shown again; changed tools of pinned ones are read and confirmed, and left-out tools have their reasons',
  ),
  'console-models': architecture(
    'Map',
    'The models that the user may use are listed and opened in the playground; administrators see the health of providers and switch them',
  ),
} satisfies Record<string, Requirement>;
