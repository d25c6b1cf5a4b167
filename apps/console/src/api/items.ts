/** The items of `/v1` that the console shows, as far as it reads them. Fields that it does not know are kept for the raw view. */
export interface WireItem {
  id: string;
  type: string;
  status?: string;
  role?: string;
  content?: WirePart[] | string | null;
  summary?: { type: string; text: string }[];
  name?: string;
  namespace?: string;
  server_label?: string;
  call_id?: string;
  arguments?: string;
  /** The input of a custom tool's call. */
  input?: string;
  /** The code of a code interpreter's call. */
  code?: string | null;
  action?: unknown;
  output?: unknown;
  error?: unknown;
  approval_request_id?: string | null;
  result?: string | null;
  [field: string]: unknown;
}

export interface WirePart {
  type: string;
  text?: string;
  refusal?: string;
  image_url?: string;
  file_id?: string;
  filename?: string;
  annotations?: WireAnnotation[];
}

export interface WireAnnotation {
  type: string;
  url?: string;
  title?: string;
  filename?: string;
  file_id?: string;
}

export interface WireResponse {
  id: string;
  status: string;
  model: string;
  output: WireItem[];
  error: { code: string; message: string } | null;
  incomplete_details: { reason: string } | null;
  usage: { input_tokens: number; output_tokens: number; total_tokens: number } | null;
  previous_response_id: string | null;
  conversation?: { id: string } | null;
}

/** Items that stand for a call of a tool. */
export function isCall(item: WireItem): boolean {
  return item.type.endsWith('_call') && item.type !== 'program';
}

/** What the model wrote for a call: JSON, or free text for custom tools and code. */
export function callText({ arguments: args, input, code, action }: WireItem): string {
  return args ?? input ?? code ?? (action === undefined ? '' : JSON.stringify(action));
}

/** The text of a message: its parts, joined. */
export function messageText({ content }: WireItem): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text, refusal }) => text ?? refusal ?? '').join('');
}
