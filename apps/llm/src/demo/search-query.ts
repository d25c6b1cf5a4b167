/** Characters of a query. */
const queryLengthMax = 120;

const opening = new RegExp(
  "^(?:please|kindly|(?:can|could|would|will) you|i (?:want|need|would like)(?: you)? to|let us|let's)\\s+|" +
    '^(?:search(?: the (?:web|internet))?(?: for)?|google|look up|find(?: out)?(?: about)?|research|investigate|analy[sz]e|compare|browse(?: for)?|check|' +
    'explain|describe|summari[sz]e|tell me(?: about| more about)?|give me(?: an overview of)?|show me|get(?: me)?)\\s+|' +
    "^(?:what|who|where|when|which|how)(?:'s|’s|\\s+(?:is|are|was|were|does|do|did))\\s+|" +
    '^(?:is|are|does|do)\\s+|' +
    '^(?:the|a|an|about|for)\\s+',
  'i',
);
/** The place where a text continues with the use of the results. */
const continuation =
  /[,;]?\s+(?:and|then)\s+(?:then\s+)?(?:create|write|provide|summari[sz]e|analy[sz]e|extract|scrape|list|explain|tell|give|report|compare|return|make)\b|,\s*(?:then\s+)?(?:scrape|read|open|summari[sz]e|analy[sz]e|extract|write|create)\b/i;

/** The search query for a text. */
export function searchQuery(text: string): string {
  const subject = subjectOf(text);
  let query = subject.split(continuation)[0] ?? subject;
  query = (query.split(/[.!?](?:\s|$)|[:\n]/)[0] ?? query).trim();
  for (
    let shorter = query.replace(opening, '');
    shorter !== query && shorter !== '';
    shorter = query.replace(opening, '')
  )
    query = shorter;
  // People type "San Francisco weather", not "weather in San Francisco".
  query = query.replace(/^([a-z]+) (?:in|of|for) ((?:\p{Lu}[\p{L}.'’-]*\s?)+)$/u, '$2 $1');
  return (query === '' ? subject : query).replace(/\s+/g, ' ').slice(0, queryLengthMax).trim();
}

/** The part of a text that names its subject: a quoted title, the first entry of "the following", the object of a task. */
function subjectOf(text: string): string {
  if (/\bthe following\b/i.test(text)) {
    const entry = /^\s*(?:\d+[.)]|[-*•])\s+(.+)$/m.exec(text)?.[1];
    if (entry !== undefined) return entry.trim();
  }
  const quoted = /["“]([^"”]{3,100})["”]|(?<!\p{L})['‘]([^'’]{3,100})['’](?!\p{L})/u.exec(text);
  if (quoted !== null) return (quoted[1] ?? quoted[2] ?? '').trim();
  const isTask = /^(?:please\s+)?(?:write|compose|draft|create|generate)\b/i.test(text);
  const about = /\b(?:about|on|regarding|of|for)\s+(.+)$/is.exec(text)?.[1];
  return (isTask && about !== undefined ? about : text).trim();
}
