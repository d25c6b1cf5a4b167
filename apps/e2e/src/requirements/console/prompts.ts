import { architecture, type Requirement } from '../requirement.ts';

/** What the console promises of prompts and of the playground around its transcript. */
export const consolePromptRequirements = {
  'console-1-settings': architecture(
    'Map',
    'The settings of the playground survive a reload, without the credentials of MCP servers',
  ),
  'console-8-invalid-json': architecture(
    'Map',
    'JSON that is not valid sends nothing; its line and column are shown',
  ),
  'console-9-schema-forms': architecture(
    'Map',
    'Variables are a form of their schema, or prefilled JSON where a form cannot show it; what is sent has the right types',
  ),
  'console-18-composition': architecture(
    'Map',
    'Enter during a composition of an input method never sends the message',
  ),
  'console-24-latest': architecture(
    'Map',
    'Scrolling up keeps the position while a run goes on; a button leads to the latest',
  ),
  'console-25-round-trip': architecture(
    'Map',
    'What the playground runs is the same after it was saved as a prompt and opened again',
  ),
  'console-25-conflict': architecture(
    'Map',
    'A prompt that another user changed in the meantime shows the difference, and nothing that was typed is lost',
  ),
  'console-29-code': architecture(
    'Map',
    'The code that the playground copies runs as it is, in each language and dialect, and holds no credential',
  ),
  'console-attachments': architecture(
    'Map',
    'Images and files are pasted, dropped or picked into a message of the playground, survive a reload, and reach the model',
  ),
  'console-fork': architecture(
    'Map',
    'A stored run is run again from any of its turns, with the conversation before it',
  ),
  'console-continue': architecture(
    'Map',
    'A conversation is continued in the playground: what runs there is its next turn',
  ),
} satisfies Record<string, Requirement>;
