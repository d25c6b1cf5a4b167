import { type Requirement, rules } from '../requirement.ts';

export const providerRequirements = {
  'provider-answers': rules(
    'provider answers',
    'Images, citations beside the answer, thoughts in details and cut characters are shown, live, stored and in the background',
  ),
  'provider-finish-reasons': rules(
    'provider answers',
    'Only finish reasons that are known to mean so make an answer whole; one that was given up or cut fails',
  ),
  'provider-usage': rules('provider answers', 'Reasoning tokens counted beside the answer are output tokens'),
  'provider-errors-in-200': rules(
    'provider answers',
    'An error inside a 200 counts as its status would, and is asked again where that one is',
  ),
  'provider-call-ids': rules(
    'provider answers',
    'Call ids of any length are handed out in at most 64 characters, taken back, and the provider reads its own',
  ),
} satisfies Record<string, Requirement>;
