import { rules, type Requirement } from '../requirement.ts';

/** The runs of all dialects, and the approvals that they wait for. */
export const runRequirements = {
  'runs-list': rules(
    'Runs and approvals',
    'The runs of all dialects are listed with their true status, page by page, by status, dialect, model and time',
  ),
  'runs-timeline': rules(
    'Runs and approvals',
    'The timeline of a run has its turns with model requests, tool calls and approvals, and whole outputs are downloads',
  ),
  'runs-timeline-live': rules(
    'Runs and approvals',
    'A timeline is a stream, too: it changes while the run goes on, with pauses, decisions and webhook deliveries, and agrees with the list',
  ),
  'approvals-decide': rules(
    'Runs and approvals',
    'Calls of each dialect that wait are listed and decided by accept, edit, reject and feedback; the run goes on',
  ),
  'approvals-wait': rules(
    'Runs and approvals',
    'With on_approval: wait, a background run of the openai dialect waits in its stream and goes on in it',
  ),
  'approvals-once': rules(
    'Runs and approvals',
    'Of two decisions about one call the first counts, the other is 409 with the decision that counts',
  ),
} satisfies Record<string, Requirement>;
