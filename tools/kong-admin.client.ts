import axios from 'axios';
import type { AxiosInstance, AxiosResponse } from 'axios';
import type { DeclaredEntity } from './kong-declaration.ts';

export interface KongAdminOptions {
  readonly url: string;
  readonly timeoutMs: number;
}

/** Kong refused a request; the message has Kong's answer. */
export class KongAdminError extends Error {
  override readonly name = 'KongAdminError';
}

/** Client of the Admin API of a Kong without a database, for declarative configurations. */
export class KongAdminClient {
  private readonly http: AxiosInstance;

  constructor({ url, timeoutMs }: KongAdminOptions) {
    this.http = axios.create({ baseURL: url, timeout: timeoutMs, proxy: false, validateStatus: () => true });
  }

  /** Returns Kong's version. Throws if this Kong keeps its configuration in a database, because `/config` does not exist there. */
  async requireNoDatabase(): Promise<string> {
    const reply = await this.ask(() => this.http.get<unknown>('/'));
    const { version, configuration } = recordOf(reply.data);
    const database = recordOf(configuration)['database'];
    if (reply.status !== 200) throw refusal(reply);
    if (database !== 'off')
      throw new KongAdminError(
        `Kong runs with the database "${String(database)}": only DB-less mode is supported`,
      );
    return String(version);
  }

  /** Returns Kong's current configuration as declarative text, or an empty string before the first one. */
  async readConfig(): Promise<string | undefined> {
    const reply = await this.ask(() => this.http.get<unknown>('/config'));
    if (reply.status !== 200) throw refusal(reply);
    const { config } = recordOf(reply.data);
    return typeof config === 'string' && config !== '' ? config : undefined;
  }

  /** Replaces the whole configuration, or changes nothing if Kong refuses it. */
  async writeConfig(text: string): Promise<'changed' | 'unchanged'> {
    const reply = await this.ask(() =>
      this.http.post<unknown>('/config', { config: text }, { params: { check_hash: 1 } }),
    );
    if (reply.status === 201) return 'changed';
    if (reply.status === 304) return 'unchanged';
    throw refusal(reply);
  }

  /** Throws Kong's message if its schema of that kind refuses the entity. Changes nothing. */
  async validate({ kind, title, fields }: DeclaredEntity): Promise<void> {
    const reply = await this.ask(() => this.http.post<unknown>(`/schemas/${kind}/validate`, fields));
    if (reply.status !== 200) throw refusal(reply, `${title}: `);
  }

  private async ask(question: () => Promise<AxiosResponse<unknown>>): Promise<AxiosResponse<unknown>> {
    try {
      return await question();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new KongAdminError(
        `Kong's Admin API at ${this.http.defaults.baseURL} does not answer: ${reason}`,
        { cause },
      );
    }
  }
}

function refusal({ status, data }: AxiosResponse<unknown>, subject = ''): KongAdminError {
  const { message, fields } = recordOf(data);
  const words = typeof message === 'string' ? message : JSON.stringify(data);
  const details = fields === undefined ? '' : `\n${JSON.stringify(fields, null, 2)}`;
  return new KongAdminError(`${subject}Kong answers ${status}: ${words}${details}`);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
