/** The maximum length of a provider's sentence in an error message, in characters. */
const sentenceLengthMax = 500;

const removed = '[removed]';

/**
 * Patterns of what concerns the operator only and is removed from a sentence. The order matters: a whole URL is removed before the host
 * names and addresses that it contains.
 */
const secrets: readonly RegExp[] = [
  // Credentials: after their scheme, as fields, by the key prefixes of providers (masked keys too), and as signed tokens.
  /\b(?:bearer|basic)\s+[\w.~+/=*-]{8,}/gi,
  /(?<=\b(?:api[-_ ]?key|token|secret|password|authorization)\b["']?\s*(?:provided|is|:|=)?\s*[:=]?\s*["']?)(?=[^\s"',.;]*[\d*])[\w.*-]{7,}[\w*]/gi,
  /\b(?:sk|pk|rk|gsk|xai|pplx|nvapi|fw|csk|hf|r8|dapi|tgp|ak|glpat|ghp|ghu|github_pat)[-_][\w*-]{6,}/g,
  /\bAIza[\w-]{20,}/g,
  /\bAKIA[0-9A-Z]{12,}/g,
  /\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g,
  // Organisations, projects, accounts and users of the operator at the provider.
  /\b(?:org|proj)[-_](?=\w*[\dA-Z])\w{8,}/g,
  /\b(?:user|team|acct|account|ws|workspace|tenant)[-_](?=\w*\d)\w{8,}/g,
  /(?<=\b(?:organi[sz]ation|org|project|team|account|user|tenant|subscription|workspace)(?:[ _]?id)?\b\s*[:=]?\s*["'`(]?)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[\w-]*\d)[\w-]{12,})/gi,
  /\barn:aws[\w-]*:[^\s"',]+/g,
  // Addresses in the operator's network: URLs with private host names, IP addresses, private host names, each with a port.
  /\b[a-z][a-z+]*:\/\/(?:[^\s/@]*@)?(?:localhost|[\w-]+|[\w.-]+\.(?:internal|local|localdomain|lan|corp|home|intranet|cluster|svc)|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d+)?(?![\w.-])[^\s"'<>)]*/gi,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g,
  /\[[0-9a-f]*:[0-9a-f:.]+\](?::\d{1,5})?|(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){1,7}(?![\w:])/gi,
  /\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|localdomain|lan|corp|intranet|svc)(?:\.[\w-]+)*(?::\d{1,5})?\b/gi,
  /\blocalhost(?::\d+)?\b|(?<=\b(?:host|to|at|from|address)\b\s*[:=]?\s*["'`]?)[a-z][\w.-]*:\d{2,5}\b/gi,
  // File paths of the provider's program.
  /(?<![\w.:/])\/(?:usr|opt|home|root|var|app|srv|mnt|tmp|workspace|etc)\/[\w./-]+/g,
  // Long runs of letters and digits are keys or internal ids. Ids of calls and messages belong to the caller and stay.
  /(?<![\w-])(?!(?:call|fc|msg|resp|rs|req|chatcmpl|chatcmpl-tool|toolu)[-_])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}(?![\w-])/g,
];

/**
 * Removes keys, organisation ids, internal addresses, tracebacks and control characters (which could forge log lines) from a provider's
 * sentence and cuts it to 500 characters.
 */
export function cleanSentence(text: string): string {
  let clean = withoutTraceback(text.slice(0, sentenceLengthMax * 4))
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  for (const secret of secrets) clean = clean.replace(secret, removed);
  return clean.length <= sentenceLengthMax ? clean : `${clean.slice(0, sentenceLengthMax).toWellFormed()}…`;
}

/** Keeps the line that states the error: the last line of a Python traceback, the first line of other stack traces. */
function withoutTraceback(text: string): string {
  const python = text.indexOf('Traceback (most recent call last)');
  if (python >= 0) {
    const before = text.slice(0, python).trim();
    return before || (text.trim().split('\n').at(-1) ?? '');
  }
  const frames = text.search(/\n\s+at .+[(:]/);
  return frames > 0 ? text.slice(0, frames) : text;
}
