import { type Requirement, rules } from '../requirement.ts';

/** What the answers of providers become. */
export const providerRequirements = {
  'provider-answers': rules(
    'provider answers',
    'Images, citations beside the answer, reasoning in details and truncated characters are handled alike in streams, stored responses and the background',
  ),
  'provider-finish-reasons': rules(
    'provider answers',
    'Only known finish reasons complete an answer; an aborted or truncated answer fails',
  ),
  'provider-usage': rules(
    'provider answers',
    'Reasoning tokens that a provider counts beside the answer are output tokens',
  ),
  'provider-file': rules(
    'requests to providers',
    'Providers of a file are reached by prefix; a wrong file stops the start with the path of each wrong value, and a wrong change is refused',
  ),
  'provider-models': rules(
    'models',
    'GET /v1/models lists the models and the names of the operator with context window, output limit, abilities and prices where these are known; a route may choose by price',
  ),
  'provider-fallback': rules(
    'requests to providers',
    'A failed attempt goes on to the next provider of the model, a refused request does not; an answer that breaks off is repeated elsewhere unless a client has read it',
  ),
  'provider-admin': rules(
    'requests to providers',
    'Callers with the scope admin see the health of providers and switch them off and on',
  ),
  'provider-errors-in-200': rules(
    'provider answers',
    'An error inside a 200 counts as its status would, and is retried where that one is',
  ),
  'provider-call-ids': rules(
    'provider answers',
    'Call ids of any length reach clients in at most 64 characters and are accepted back; the provider reads its own',
  ),
} satisfies Record<string, Requirement>;
