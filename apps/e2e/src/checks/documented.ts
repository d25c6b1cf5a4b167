import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Operation {
  operationId: string;
  responses: Record<string, { content?: Record<string, { schema: object }> } | undefined>;
}

export interface ApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

export interface Documented {
  status: number;
  text: string;
}

/** Calls an API and checks every reply against its OpenAPI document. */
export class DocumentedApi {
  /** The ids of operations with successful replies and with errors. */
  readonly seen = { good: new Set<string>(), bad: new Set<string>() };
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(
    private readonly url: string,
    readonly document: ApiDocument,
  ) {
    addFormats.default(this.ajv);
    this.ajv.addSchema({ $id: 'document', ...document });
  }

  get operations(): string[] {
    return Object.values(this.document.paths).flatMap((methods) =>
      Object.entries(methods).flatMap(([method, { operationId }]) =>
        method.startsWith('x-') ? [] : [operationId],
      ),
    );
  }

  /** Calls an operation by its id. Throws if the reply does not match the document. */
  async call(
    operationId: string,
    {
      parameters = {},
      query = '',
      body,
      token,
    }: {
      parameters?: Record<string, string>;
      query?: string;
      body?: unknown;
      token?: string | undefined;
    } = {},
  ): Promise<Documented> {
    const { path, method, operation } = this.find(operationId);
    const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
    const answer = await fetch(`${this.url}${place}${query}`, {
      method: method.toUpperCase(),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    this.seen[answer.ok ? 'good' : 'bad'].add(operationId);
    this.check(operation, { status: answer.status, type: answer.headers.get('content-type') ?? '', text });
    return { status: answer.status, text };
  }

  private check(operation: Operation, { status, type, text }: Documented & { type: string }): void {
    const where = `${operation.operationId}, ${status}`;
    const documented =
      operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined);
    if (!documented) throw new Error(`${where} is not documented`);
    const mediaType = type.split(';', 1)[0] ?? '';
    if (!documented.content) {
      if (text !== '') throw new Error(`${where} has a body: ${text.slice(0, 300)}`);
      return;
    }
    // The bytes of a file have any type.
    if (documented.content['*/*']) return;
    const schema = documented.content[mediaType]?.schema;
    if (!schema) throw new Error(`${where} is not documented as ${mediaType}`);
    const values = mediaType === 'text/event-stream' ? eventsOf(text) : [text];
    for (const value of values) this.validate(schema, value, where);
  }

  private validate(schema: object, json: string, where: string): void {
    const validate = this.validatorOf(schema);
    if (!validate(JSON.parse(json)))
      throw new Error(
        `${where}: ${this.ajv.errorsText(validate.errors?.slice(0, 8))}\n${json.slice(0, 1_000)}`,
      );
  }

  private validatorOf(schema: object): ValidateFunction {
    // References are relative to the document.
    const placed = JSON.stringify(schema).replaceAll('"#/', '"document#/');
    let validator = this.validators.get(placed);
    if (!validator) {
      validator = this.ajv.compile(JSON.parse(placed) as object);
      this.validators.set(placed, validator);
    }
    return validator;
  }

  private find(operationId: string) {
    for (const [path, methods] of Object.entries(this.document.paths))
      for (const [method, operation] of Object.entries(methods))
        if (operation.operationId === operationId) return { path, method, operation };
    throw new Error(`there is no operation ${operationId}`);
  }
}

/** The data of each server-sent event, without `[DONE]`. */
function eventsOf(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)]
    .map(([, data = '']) => data)
    .filter((data) => data !== '[DONE]');
}
