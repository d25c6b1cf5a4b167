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
  'provider-fallback': rules(
    'requests to providers',
    'A failed attempt goes on to the next provider of the model, a refused request does not; an answer that breaks off is repeated elsewhere unless a client has read it',
  ),
  'provider-admin': rules(
    'requests to providers',
    'Callers with the scope admin see the health of providers and switch them off and on',
  ),
  'provider-models': rules(
    'models',
    'GET /v1/models lists the models and the names of the operator with context window, output limit, abilities and prices where these are known; a route may choose by price',
  ),
  'protocol-dialects': rules(
    'protocols',
    'Text and parallel tool calls of a provider of each protocol reach callers of each dialect, plain and streamed',
  ),
  'protocol-failures': rules(
    'protocols',
    'Too long a context, an answer without content and a stream that breaks off fail the response, in each protocol and dialect',
  ),
  'protocol-continued': rules(
    'protocols',
    'A conversation with tool calls continues on a provider of any protocol; reasoning goes back unchanged to the account that sent it, and to no other',
  ),
  'protocol-usage': rules('protocols', 'Usage of each protocol is counted by kind'),
  'protocol-formats': rules('protocols', 'A schema for the answer is kept over each protocol'),
  'protocol-links': rules(
    'protocols',
    'Images behind links are fetched and sent as bytes to the protocols that take no links',
  ),
  'protocol-prefixes': rules(
    'protocols',
    'Equal beginnings of conversations are equal bytes in each protocol, with the tools in the order of the request',
  ),
  'protocol-chat': rules('protocols', 'Chat completions are served over each protocol'),
  'protocol-embeddings': rules(
    'protocols',
    'Embeddings are served over each protocol that has them, and refused with a reason over the others',
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
