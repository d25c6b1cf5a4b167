import type { ErrorCode } from '@antiphon/contracts';
import type { ErrorBody } from './error-body.ts';

/** The kinds of errors of providers. */
export type FaultKind = AnsweredFaultKind | 'connection' | 'silence' | 'unusable';

/** The kinds of errors that providers answer with. */
export type AnsweredFaultKind =
  | 'overflow'
  | 'tool_use_failed'
  | 'quota'
  | 'moderation'
  | 'unknown_model'
  | 'overloaded'
  | 'rate_limit'
  | 'credentials'
  | 'busy'
  | 'wrong_address'
  | 'refused'
  | 'failed';

interface FaultMeaning {
  code: ErrorCode;
  /** The word of OpenAI's API for it, which clients act on. */
  reason?: string;
  /** Whether a retry can help. */
  isTransient: boolean;
  /** Whether the provider's sentence is passed on to callers. */
  isQuoted: boolean;
}

/** What each kind means to callers and to the retry. */
export const faultKinds: Record<FaultKind, FaultMeaning> = {
  overflow: { code: 'context_too_long', isTransient: false, isQuoted: true },
  tool_use_failed: { code: 'model_error', isTransient: true, isQuoted: true },
  quota: { code: 'quota_exhausted', reason: 'insufficient_quota', isTransient: false, isQuoted: false },
  moderation: { code: 'model_refused', isTransient: false, isQuoted: true },
  unknown_model: { code: 'model_not_found', isTransient: false, isQuoted: true },
  overloaded: { code: 'model_overloaded', reason: 'server_is_overloaded', isTransient: true, isQuoted: true },
  rate_limit: { code: 'rate_limited', isTransient: true, isQuoted: true },
  credentials: { code: 'model_error', isTransient: false, isQuoted: false },
  busy: { code: 'model_error', isTransient: true, isQuoted: true },
  wrong_address: { code: 'model_error', isTransient: false, isQuoted: false },
  refused: { code: 'model_refused', isTransient: false, isQuoted: true },
  failed: { code: 'model_error', isTransient: true, isQuoted: true },
  connection: { code: 'unavailable', isTransient: true, isQuoted: false },
  // The caller has waited long enough.
  silence: { code: 'model_error', isTransient: false, isQuoted: false },
  // An answer that is not whole, empty, or calls a tool with broken arguments. Another attempt samples another one.
  unusable: { code: 'model_error', isTransient: true, isQuoted: false },
};

interface FaultRule {
  kind: AnsweredFaultKind;
  /** The statuses that the rule applies to; omitted: all. An error without a status matches by words or sentences only. */
  statuses?: readonly number[];
  /** Statuses that the rule does not apply to. */
  notStatuses?: readonly number[];
  /** Matches a `code`, `type` or `status` of the body. */
  words?: RegExp;
  /** Match the sentence. A rule without words and sentences matches by status alone. */
  sentences?: readonly RegExp[];
}

const refusals = [400, 403, 404, 413, 415, 422];

/**
 * The wordings of providers' errors; the first rule that matches holds. A new wording is a line here and one in the spec. Each pattern has
 * a comment with its servers and their sentences.
 */
const rules: readonly FaultRule[] = [
  {
    kind: 'overflow',
    // Limits of tokens per minute have similar wordings.
    notStatuses: [401, 402, 403, 429],
    words:
      /^(context_length_exceeded|context_window_exceeded|context_too_large|exceed_context_size_error|model_max_prompt_tokens_exceeded|request_too_large_for_model|prompt_too_long|1261)$/i,
    sentences: [
      // LiteLLM: the name of its exception class.
      /\bContextWindowExceededError\b/,
      // OpenAI, vLLM, DeepSeek, OpenRouter, Mistral, SGLang: "maximum context length is …", "longer than the model's context length".
      /\b(maximum|max|model'?s?|allowed|available) (supported )?(context|prompt|sequence|model|input) ?(length|size|window|limit)\b/i,
      // OpenAI: "Your input exceeds the context window". Ollama: "the input length exceeds the context length".
      /\bexceed(s|ed|ing)?\b.{0,40}\b(context|prompt) ?(length|size|window|limit)\b/i,
      // MiniMax: "context window exceeds limit"; Fireworks: "prompt is too long"; llama.cpp in a stream: "Context size has been exceeded".
      /\b(context|prompt|conversation)( window| length| size)? (is |was |has been )?(exceed(s|ed)|too (long|large|big)|overflow)/i,
      // Bedrock: "Input is too long for requested model". Mistral: "Prompt contains … too large for model with … context".
      /\binput is too long\b|\btoo (long|large) for (requested |this |the )?model\b/i,
      // Gemini: "input token count … exceeds the maximum number of tokens"; Vertex: "input token count is … but model only supports".
      /\b(input|prompt) token(s| count)\b.{0,60}\b(exceeds?|cannot exceed|only supports|greater than|larger than)\b/i,
      // Moonshot: "exceeded model token limit"; Cohere: "too many tokens: size limit exceeded".
      /\bexceeded model token limit\b|\btoo many (input )?tokens\b(?!.{0,20}\bper\b)/i,
      // SGLang, TensorRT-LLM: "Input length (5000 tokens) exceeds the maximum allowed length (4096 tokens)".
      /\b(input|prompt) length\b.{0,30}\bexceeds?\b/i,
      // LM Studio: "Trying to keep the first … tokens when context the overflows", "n_keep … n_ctx", "Reached context length of".
      // Older: "the number of tokens to keep from the initial prompt is greater than the context length".
      /\b(greater|larger|longer) than the (model'?s? )?context\b/i,
      /\bcontext the overflows\b|\bn_keep\b|\breached context length\b|\bcontext overflow\b/i,
      // xAI: "maximum prompt length is 131072 but the request contains 150000 tokens". Qwen: "Range of input length should be".
      /\brange of input length should be\b/i,
      // Hugging Face and Together: "`inputs` tokens + `max_new_tokens` must be <= 4097", "`inputs` must have less than 4096 tokens".
      /\binputs` (tokens\b.{0,40}\bmust be|must have less than \d+ tokens)\b/i,
      // Snowflake: "max tokens of 8192 exceeded".
      /\bmax tokens of \d+ exceeded\b/i,
      // Groq, Cerebras: "Please reduce the length of the messages or completion".
      /\breduce the length of (the|your) (messages|prompt|input)/i,
    ],
  },
  // OpenAI, Groq: a request larger than the whole limit per minute cannot succeed after a wait.
  { kind: 'overflow', statuses: [413, 429], sentences: [/\brequest too large for\b.{0,200}\btokens per\b/i] },
  {
    // Groq: the model's tool call or JSON could not be parsed. A retry samples another one.
    kind: 'tool_use_failed',
    words: /^(tool_use_failed|json_validate_failed|output_parse_failed)$/i,
    sentences: [
      /\bfailed to call a function\b/i,
      /\b(tool call validation failed|error parsing tool call|failed to parse tool call)/i,
    ],
  },
  { kind: 'quota', statuses: [402] },
  {
    kind: 'quota',
    words:
      /^(billing_error|billing_not_active|billing_hard_limit_reached|exceeded_current_quota_error|insufficient_balance|arrearage|1113)$/i,
    sentences: [
      /\b(insufficient|not enough) (account )?(balance|credits?|funds)\b|\bno (remaining )?credits\b/i,
      /\bcredit (balance|limit)\b.{0,30}\b(too low|exceeded|depleted)\b|\bcredits are depleted\b|\bused all available credits\b/i,
      // Anthropic: "You have reached your specified API usage limits. You will regain access on …".
      /\breached your specified (api |workspace )?(api )?usage limits\b/i,
      /\b(monthly|billing|hard) (spending |usage )?limit\b|\bspending limit\b|\bbilling\b.{0,30}\bnot active\b/i,
      /\baccount\b.{0,80}\b(suspended|in arrears|overdue)\b/i,
    ],
  },
  // Google uses "exceeded your current quota" for limits per minute as well.
  { kind: 'rate_limit', statuses: [429], words: /^RESOURCE_EXHAUSTED$/ },
  { kind: 'quota', words: /^insufficient_quota$/i, sentences: [/\bexceeded your current quota\b/i] },
  {
    kind: 'moderation',
    words:
      /content[-_ ]?(filter|policy|moderation)|^ResponsibleAIPolicyViolation$|^data_inspection_failed$|^moderation|^1301$|^invalid_prompt$|^(bio|cyber)_policy|_policy_violation$/i,
    sentences: [
      /\b(content|usage|safety|acceptable use) (policy|policies|guidelines|management policy)\b/i,
      /\bcontent exists risk\b|\binappropriate content\b|\brequires moderation\b|\bflagged\b|\b(high risk|considered high risk)\b/i,
      /\b(safety|content) (system|filter|checks?)\b/i,
    ],
  },
  {
    kind: 'unknown_model',
    statuses: refusals,
    words:
      /^(model_not_found|invalid_model|model_not_available|model_not_supported|unknown_model|model_does_not_exist|DeploymentNotFound|ModelNotFound|ENDPOINT_NOT_FOUND|1211)$/i,
    sentences: [
      /\b(model|deployment)\b.{0,120}\b(not found|(does |do )?not exist|doesn't exist|not a valid|is invalid|decommissioned|no longer (available|supported)|(has been|is) (deprecated|retired)|is not available|not supported by any)/i,
      /\b(invalid|unknown|no such|unable to access|not a valid) (the )?model\b/i,
      // Gemini: "models/gemini-9 is not found for API version v1beta, or is not supported for generateContent".
      /^models\/\S+ is not found\b/i,
      // Anthropic: "model: claude-9". OpenRouter: "No endpoints found for some/model".
      /^model: \S+$|\bno endpoints found for \S+\/\S+/i,
      // Bedrock: "You don't have access to the model with the specified model ID."
      /\b(don't|do not) have access to the model\b/i,
    ],
  },
  {
    kind: 'overloaded',
    statuses: [503, 529],
  },
  {
    kind: 'overloaded',
    words: /overloaded|^(slow_down|service_unavailable(_error)?|UNAVAILABLE)$|capacity_exceeded/i,
  },
  {
    kind: 'overloaded',
    notStatuses: [429],
    sentences: [/\b(overloaded|over capacity|at capacity|no capacity)\b/i],
  },
  { kind: 'rate_limit', statuses: [429] },
  { kind: 'credentials', statuses: [401, 403] },
  // Google: status 400 with "API key not valid. Please pass a valid API key.", "API key expired. Please renew the API key."
  { kind: 'credentials', statuses: [400], sentences: [/^API key (not valid|expired|not found)\b/i] },
  // 424 is Bedrock's: the model failed.
  { kind: 'busy', statuses: [408, 409, 424, 425] },
  {
    kind: 'wrong_address',
    statuses: [300, 301, 302, 303, 307, 308, 404, 405, 410, 501],
  },
  // LM Studio answers unknown paths with status 200 and this sentence.
  { kind: 'wrong_address', sentences: [/\bunexpected endpoint or method\b/i] },
];

/** The status for an error without one, by its `type`. */
const statusesOfWords: readonly [RegExp, number][] = [
  // A failed response of OpenAI's Responses API: what is wrong with an image, or with the place of the data.
  [
    /^(invalid|empty|unsupported)_(base64_)?image|^image_|^failed_to_download_image$|^data_residency_mismatch$/,
    400,
  ],
  [/rate_?limit|too_many_requests|throttling|RESOURCE_EXHAUSTED/i, 429],
  [/overloaded|service_?unavailable|^UNAVAILABLE$/i, 529],
  [/authentication|unauthori[sz]ed|UNAUTHENTICATED|invalid_api_key/i, 401],
  [/permission|forbidden|access_?denied/i, 403],
  [/not_?found/i, 404],
  [/request_too_large/i, 413],
  [/timeout|DEADLINE_EXCEEDED/i, 504],
  [/invalid_request|bad_?request|INVALID_ARGUMENT|FAILED_PRECONDITION|validation/i, 400],
  [/server_error|api_error|internal/i, 500],
];

/** The effective status: that of the answer unless it is 2xx, else that in the body, else the one that the words stand for. */
export function statusOf(status: number | undefined, body: ErrorBody): number | undefined {
  if (status !== undefined && (status < 200 || status > 299)) return status;
  if (body.status !== undefined) return body.status;
  return statusesOfWords.find(([pattern]) => body.words.some((word) => pattern.test(word)))?.[1];
}

/** The kind of an error: that of the first matching rule. */
export function classifyFault(status: number | undefined, body: ErrorBody): AnsweredFaultKind {
  if (body.isFlagged) return 'moderation';
  if (body.isPage && status === undefined) return 'wrong_address';
  const rule = rules.find((candidate) => fits(candidate, status, body));
  if (rule === undefined) return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'failed';
  // Frameworks answer an unknown path with a generic sentence. Any other sentence with 404 is about the request.
  if (rule.kind === 'wrong_address' && status === 404 && !saysNoPath(body)) return 'refused';
  return rule.kind;
}

function fits(rule: FaultRule, status: number | undefined, { words, sentence }: ErrorBody): boolean {
  if (status !== undefined && rule.statuses?.includes(status) === false) return false;
  if (status !== undefined && rule.notStatuses?.includes(status) === true) return false;
  if (rule.words === undefined && rule.sentences === undefined) return status !== undefined;
  const pattern = rule.words;
  if (pattern !== undefined && words.some((word) => pattern.test(word))) return true;
  return sentence !== undefined && (rule.sentences ?? []).some((wording) => wording.test(sentence));
}

/** FastAPI's "Not Found", Go's "404 page not found", OpenAI's "Invalid URL", Azure's "Resource not found", Kong's "no Route matched". */
const pathWordings =
  /^\W*(the )?(404|not found|404 not found|(404:? )?page not found|file not found|resource not found|unknown path|cannot post)\b.{0,120}$|\b(invalid|unknown) (request )?url\b|\bno route\b|\b(path|url|route|endpoint)\b.{0,80}\b(not found|does not exist|unknown)\b|\bunexpected endpoint\b/i;

function saysNoPath({ sentence, words }: ErrorBody): boolean {
  return sentence === undefined || pathWordings.test(sentence) || words.includes('unknown_url');
}
