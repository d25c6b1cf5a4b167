/** The most characters of a provider's sentence that a caller reads. */
const sentenceLengthMax = 500;

const removed = '[removed]';

/**
 * What of a provider's sentence is about the operator and not for callers. The order matters: an address goes before the parts that it
 * is made of.
 */
const secrets: readonly RegExp[] = [
  // Credentials: after their scheme, as fields, by the prefixes of providers (masked ones too), and as signed tokens.
  /\b(?:bearer|basic)\s+[\w.~+/=*-]{8,}/gi,
  /(?<=\b(?:api[-_ ]?key|token|secret|password|authorization)\b["']?\s*(?:provided|is|:|=)?\s*[:=]?\s*["']?)(?=[^\s"',.;]*[\d*])[\w.*-]{7,}[\w*]/gi,
  /\b(?:sk|pk|rk|gsk|xai|pplx|nvapi|fw|csk|hf|r8|dapi|tgp|ak|glpat|ghp|ghu|github_pat)[-_][\w*-]{6,}/g,
  /\bAIza[\w-]{20,}/g,
  /\bAKIA[0-9A-Z]{12,}/g,
  /\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g,
  // Organisations, projects, accounts and users of the operator at the provider.
  /\b(?:org|proj|user|team|acct|account|ws|workspace|tenant)[-_](?=\w*\d)\w{8,}/g,
  /(?<=\b(?:organi[sz]ation|org|project|team|account|user|tenant|subscription|workspace)(?:[ _]?id)?\b\s*[:=]?\s*["'`(]?)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[\w-]*\d)[\w-]{12,})/gi,
  /\barn:aws[\w-]*:[^\s"',]+/g,
  // Addresses within the operator's network: URLs of hosts that are no public names, IP addresses, such names, with ports.
  /\b[a-z][a-z+]*:\/\/(?:[^\s/@]*@)?(?:localhost|[\w-]+|[\w.-]+\.(?:internal|local|localdomain|lan|corp|home|intranet|cluster|svc)|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d+)?(?![\w.-])[^\s"'<>)]*/gi,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g,
  /\[[0-9a-f]*:[0-9a-f:.]+\](?::\d{1,5})?|(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){1,7}(?![\w:])/gi,
  /\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|localdomain|lan|corp|intranet|svc)(?:\.[\w-]+)*(?::\d{1,5})?\b/gi,
  /\blocalhost(?::\d+)?\b|(?<=\b(?:host|to|at|from|address)\b\s*[:=]?\s*["'`]?)[a-z][\w.-]*:\d{2,5}\b/gi,
  // Where the provider's program lies.
  /(?<![\w.:/])\/(?:usr|opt|home|root|var|app|srv|mnt|tmp|workspace|etc)\/[\w./-]+/g,
  // Long runs of letters and digits are keys or ids of things inside. Ids of calls and messages are the caller's own.
  /(?<![\w-])(?!(?:call|fc|msg|resp|rs|req|chatcmpl|chatcmpl-tool|toolu)[-_])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}(?![\w-])/g,
];

/**
 * A provider's sentence for callers: without keys, organisation ids and internal addresses, without control characters (they would forge
 * log lines) and tracebacks, 500 characters at most.
 */
export function cleanSentence(text: string): string {
  let clean = withoutTraceback(text.slice(0, sentenceLengthMax * 8))
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  for (const secret of secrets) clean = clean.replace(secret, removed);
  return clean.length <= sentenceLengthMax ? clean : `${clean.slice(0, sentenceLengthMax).toWellFormed()}…`;
}

/** Of Python's traceback the last line says what happened, of others the first. */
function withoutTraceback(text: string): string {
  const python = text.indexOf('Traceback (most recent call last)');
  if (python >= 0) {
    const before = text.slice(0, python).trim();
    return before || (text.trim().split('\n').at(-1) ?? '');
  }
  const frames = text.search(/\n\s+at .+[(:]/);
  return frames > 0 ? text.slice(0, frames) : text;
}
