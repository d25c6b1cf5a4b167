import type { Caller, CreateResponse, InputItem, ResponseEvent } from '@antiphon/contracts';
import { plainSettings } from '@antiphon/contracts/testing';
import { directSchemas } from '@antiphon/engine/testing';
import {
  ActiveRuns,
  type AnswerStore,
  RunEvents,
  type SchemaThreads,
  ServerAccessBox,
  type StoredFigure,
  type StoredUse,
  ThoughtBox,
} from '@antiphon/runtime';
import { createLogger, Egress, SecretBox } from '@antiphon/service-kit';
import { MemoryRpcBus, testCallerLimits } from '@antiphon/service-kit/testing';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { ConversationAccess } from '../create/conversation-access.ts';
import type { CreateOptions } from '../create/create-options.ts';
import { CreateService } from '../create/create.service.ts';
import { ForegroundRuns } from '../create/foreground-runs.ts';
import { RepeatedCreates } from '../create/repeated-creates.ts';
import { ResponsePreparer } from '../create/response-preparer.ts';
import { HeldRuns } from '../held-runs/held-runs.ts';
import { CompactionBox } from '../input/compaction-box.ts';
import { InputResolver } from '../input/input-resolver.ts';
import { Quotas } from '../quotas/quotas.ts';
import { DecisionsService } from '../responses/decisions.service.ts';
import { ResponsesService } from '../responses/responses.service.ts';
import { MemoryResponses } from './memory-responses.ts';
import { ScriptedRunner } from './scripted-runner.ts';

export const testKey = Buffer.alloc(32, 7).toString('base64');

/** The answer cache's table in memory. */
export class MemoryAnswers implements Pick<AnswerStore, 'find' | 'keep'> {
  readonly ids = new Map<string, string>();
  failure: Error | null = null;

  constructor(private readonly store: MemoryResponses) {}

  async find(caller: Caller, hash: string) {
    if (this.failure) throw this.failure;
    return this.store.find(caller, this.ids.get(hash) ?? '');
  }

  async keep(_caller: Caller, hash: string, id: string): Promise<void> {
    if (this.failure) throw this.failure;
    this.ids.set(hash, id);
  }
}

/** Only checks URLs here: no spec of these services connects anywhere. */
const egress = new Egress(
  { allowedHosts: [], allowedPorts: [80, 443], connectTimeoutMs: 1_000, connectionsPerHostMax: 1 },
  'links',
);

/**
 * The services of the app over a store in memory, a scripted runner and the memory bus. `limits` are variables of the caller's limits.
 */
export function createParts({ limits = {} }: { limits?: NodeJS.ProcessEnv } = {}) {
  const memory = new MemoryResponses();
  const store = memory.asStore;
  const runner = new ScriptedRunner(memory);
  const bus = new MemoryRpcBus();
  const figure: StoredFigure = { rows: 0, bytes: 0 };
  // Quotas ask for nothing else.
  const use = { read: () => figure, add: () => undefined } as unknown as StoredUse;
  const secrets = SecretBox.from(testKey);
  const runs = new ActiveRuns(bus);
  const runEvents = new RunEvents(store, bus, { pollMs: 60_000, page: { burstsMax: 1, bytesMax: 1 } });
  const answerStore = new MemoryAnswers(memory);
  // The cache asks for nothing else.
  const answers = new AnswerCache(answerStore as unknown as AnswerStore, createLogger('test', 'silent'));
  const held = new HeldRuns(store, runner.asRunner, runEvents);
  const compactions = new CompactionBox(testKey);
  const inputs = new InputResolver(egress, store, compactions, new ThoughtBox(secrets));
  const conversations = new ConversationAccess(store);
  const preparer = new ResponsePreparer(store, conversations, inputs, new ServerAccessBox(secrets), egress);
  const times = { foregroundTimeoutMs: 60_000, shutdownGraceMs: 0 };
  const foreground = new ForegroundRuns(store, runner.asRunner, runs, answers, times);
  const creates = new CreateService(
    preparer,
    new RepeatedCreates(store, runEvents),
    foreground,
    held,
    answers,
    new Quotas(testCallerLimits(limits), use, store),
    store,
    runner.asRunner,
    runEvents,
    directSchemas as SchemaThreads, // the same checks, in the calling thread
    egress,
    bus,
  );
  const decisions = new DecisionsService(store, runEvents, foreground, conversations, bus);
  const responses = new ResponsesService(store, runs, runEvents, 60_000);
  return {
    memory,
    runner,
    bus,
    figure,
    runs,
    runEvents,
    answerStore,
    answers,
    held,
    compactions,
    inputs,
    preparer,
    times,
    foreground,
    creates,
    decisions,
    responses,
  };
}

/** A request with one user message, with what the spec says otherwise. */
export function createRequest(changes: Partial<CreateResponse> = {}): CreateResponse {
  return {
    dialect: 'openai',
    model: 'test-model',
    rawInput: 'Hi',
    input: [userSays('Hi')],
    instructions: null,
    serverTools: 'all',
    approval: null,
    requestServers: [],
    clientTools: [],
    toolChoice: 'auto',
    settings: plainSettings,
    depthMax: null,
    onPause: 'hand_back',
    metadata: {},
    webhookUrl: null,
    conversationId: null,
    previousResponseId: null,
    background: false,
    stored: true,
    ...changes,
  };
}

export function userSays(text: string): InputItem {
  return {
    type: 'message',
    id: `msg_${text}`,
    role: 'user',
    content: [{ type: 'text', text }],
    status: 'completed',
  };
}

export const plain: CreateOptions = { willStream: false };
export const streamed: CreateOptions = { willStream: true };

/** A client that stays. */
export const stays = new AbortController().signal;

/** All events, taken to their end. */
export async function eventsOf(events: AsyncIterable<readonly ResponseEvent[]>): Promise<ResponseEvent[]> {
  const taken: ResponseEvent[] = [];
  for await (const burst of events) taken.push(...burst);
  return taken;
}

export async function typesOf(events: AsyncIterable<readonly ResponseEvent[]>): Promise<string[]> {
  return (await eventsOf(events)).map(({ type }) => type);
}
