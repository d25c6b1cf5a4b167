import { rules, type Requirement } from '../requirement.ts';

/** The dialect of Anthropic's SDKs, with the stock client. */
export const messagesRequirements = {
  'messages-create': rules(
    'messages',
    'The stock client creates a message with an API key or a token, whole and as a stream, and nothing is stored',
  ),
  'messages-settings': rules(
    'messages',
    'Settings, images, documents and schemas reach the provider; the stop sequence and the kinds of usage come back',
  ),
  'messages-tools': rules(
    'messages',
    'The client runs its tools and sends their results; tools of the server run by themselves',
  ),
  'messages-thinking': rules(
    'messages',
    'Thoughts go back byte-equal to the provider that signed them, and one of another signature is 400',
  ),
  'messages-search': rules(
    'messages',
    "Anthropic's web search runs here: its blocks have the pages, and the model reads them again when the client sends them back",
  ),
  'messages-count': rules('messages', 'count_tokens estimates the tokens of a request'),
  'messages-errors': rules(
    'messages',
    'The stock client throws its class for each status, with the id of the request, and reads errors inside a stream',
  ),
} satisfies Record<string, Requirement>;
