import { architecture, type Requirement } from '../requirement.ts';

/** What the inbox of approvals promises. The numbers are those of the requirements of the console. */
export const approvalsPageRequirements = {
  'console-4-cards': architecture(
    'Map',
    'Each waiting call is a card of its own; one is decided, or all of a run together',
  ),
  'console-5-race': architecture(
    'Map',
    'A card shows the state of the server within two seconds; of two deciders the second sees the decision of the first',
  ),
  'console-6-actions': architecture(
    'Map',
    'Accept, edit, reject and feedback are four answers with four kinds of records',
  ),
  'console-7-proposed-again': architecture(
    'Map',
    'A call that is proposed again after an edit shows the difference to the edit',
  ),
  'console-8-invalid': architecture('Map', 'Invalid JSON is not sent; its line and column are shown'),
  'console-9-form': architecture(
    'Map',
    'A form of the schema sends its types; what it cannot show is edited as JSON that has the present value',
  ),
  'console-10-parsed': architecture(
    'Map',
    'Arguments are shown parsed, with line breaks as line breaks, and as JSON on demand',
  ),
  'console-16-approvals': architecture(
    'Map',
    'The filters of the inbox and the open call are in the address',
  ),
  'console-17-keys': architecture(
    'Map',
    'The inbox is used by keyboard: arrows, Home, End and single keys, which are off in inputs',
  ),
  'console-26-narrow': architecture('Map', 'Approvals are decided at 360 px without scrolling sideways'),
} satisfies Record<string, Requirement>;
