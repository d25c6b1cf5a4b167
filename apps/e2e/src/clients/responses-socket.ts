import { once } from 'node:events';
import OpenAI from 'openai';
import type { ResponsesClientEvent, ResponsesServerEvent } from 'openai/resources/responses/responses';
import { ResponsesWS } from 'openai/resources/responses/ws';

/** The end of a turn: its terminal event, or an error of the transport. */
export interface TurnEnd {
  type: string;
  response?: OpenAI.Responses.Response;
  status?: number;
  error?: { code: string; message: string; param: string | null; type?: string };
}

export interface TurnBody extends Omit<ResponsesClientEvent.ResponseCreate, 'type'> {
  type?: string;
  [field: string]: unknown;
}

const ends = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);
const model = 'gpt-scripted';

/** The stock client's WebSocket, one turn at a time. */
export class ResponsesSocket {
  readonly events: ResponsesServerEvent[] = [];
  /** The close code of the connection. */
  readonly closed: Promise<number>;
  private readonly turnsEnded: TurnEnd[] = [];
  private readonly waiting: ((end: TurnEnd) => void)[] = [];

  private constructor(readonly stock: ResponsesWS) {
    stock.on('event', (event) => this.take(event));
    stock.on('error', () => undefined); // also delivered as an event
    this.closed = new Promise((resolve) => stock.on('close', (code: number) => resolve(code)));
  }

  /** Opens a connection to a gateway or a service. */
  static async open(url: string, apiKey: string): Promise<ResponsesSocket> {
    const stock = new ResponsesWS(new OpenAI({ baseURL: `${url}/v1`, apiKey }));
    const socket = new ResponsesSocket(stock);
    await once(stock.socket.platformSocket, 'open');
    return socket;
  }

  send(body: TurnBody): void {
    // Accepts fields that the client's types do not allow, to test their refusal.
    this.stock.send({ type: 'response.create', model, ...body } as ResponsesClientEvent);
  }

  /** Sends a turn and waits for its end. */
  turn(body: TurnBody): Promise<TurnEnd> {
    this.send(body);
    return this.ended();
  }

  /** Resolves at the end of the next turn. */
  ended(): Promise<TurnEnd> {
    const end = this.turnsEnded.shift();
    return end ? Promise.resolve(end) : new Promise((resolve) => this.waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.stock.close();
    await this.closed;
  }

  private take(event: ResponsesServerEvent): void {
    this.events.push(event);
    if (!ends.has(event.type)) return;
    const end = event as TurnEnd; // an event of a type that ends a turn
    const waiter = this.waiting.shift();
    if (waiter) waiter(end);
    else this.turnsEnded.push(end);
  }
}
