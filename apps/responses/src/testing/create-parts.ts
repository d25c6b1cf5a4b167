import type { CreateResponse, InputItem, ResponseEvent } from '@antiphon/contracts';
import { plainSettings } from '@antiphon/contracts/testing';
import { directSchemas } from '@antiphon/engine/testing';
import {
  ActiveRuns,
  CompactionBox,
  type AnswerStore,
  type ConversationStore,
  type DecisionStore,
  type EventLogStore,
  type HistoryStore,
  type IdempotencyStore,
  type ItemStore,
  type LeaseStore,
  type ResponseStore,
  RunEvents,
  type SchemaThreads,
  SealedReasoning,
  ServerAccessBox,
  type StoredFigure,
  type StoredUse,
} from '@antiphon/runtime';
import { createLogger, Egress, SecretBox } from '@antiphon/service-kit';
import { MemoryBus, testCallerLimits } from '@antiphon/service-kit/testing';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { Admission } from '../create/admission.ts';
import { ConversationAccess } from '../create/conversation-access.ts';
import type { CreateOptions } from '../create/create-options.ts';
import { CreateService } from '../create/create.service.ts';
import { ForegroundRuns } from '../create/foreground-runs.ts';
import { RepeatedCreates } from '../create/repeated-creates.ts';
import { ResponseInsertion } from '../create/response-insertion.ts';
import { ResponsePreparer } from '../create/response-preparer.ts';
import { HeldRuns } from '../held-runs/held-runs.ts';
import { InputResolver } from '../input/input-resolver.ts';
import { UploadedFiles } from '../input/uploaded-files.ts';
import { Quotas } from '../quotas/quotas.ts';
import { DecisionsService } from '../responses/decisions.service.ts';
import { ResponsesService } from '../responses/responses.service.ts';
import { MemoryStores } from './memory-stores.ts';
import { ScriptedRunner } from './scripted-runner.ts';

export const testKey = Buffer.alloc(32, 7).toString('base64');

/** Only checks URLs here: no spec of these services connects anywhere. */
const egress = new Egress(
  { allowedHosts: [], allowedPorts: [80, 443], connectTimeoutMs: 1_000, connectionsPerHostMax: 1 },
  'links',
);

/**
 * The services of the app over a store in memory, a scripted runner and the memory bus. `limits` are variables of the caller's limits.
 */
export function createParts({ limits = {} }: { limits?: NodeJS.ProcessEnv } = {}) {
  const memory = new MemoryStores();
  // Each fake has the methods that the app calls of its store.
  const store = memory.responses as ResponseStore;
  const leases = memory.leases as LeaseStore;
  const history = memory.history as HistoryStore;
  const pauses = memory.decisions as DecisionStore;
  const keys = memory.keys as IdempotencyStore;
  const runner = new ScriptedRunner(memory);
  const bus = new MemoryBus();
  const figure: StoredFigure = { rows: 0, bytes: 0 };
  // Quotas call nothing else.
  const use = { read: () => figure, add: () => undefined } as unknown as StoredUse;
  const secrets = SecretBox.from(testKey);
  const runs = new ActiveRuns(bus);
  const page = { burstsMax: 1, bytesMax: 1 };
  const runEvents = new RunEvents(store, memory.logs as EventLogStore, bus, { pollMs: 60_000, page });
  const answers = new AnswerCache(memory.answers as AnswerStore, createLogger('test', 'silent'));
  const held = new HeldRuns(leases, history, runner.asRunner, runEvents);
  const compactions = new CompactionBox(secrets);
  const inputs = new InputResolver(
    egress,
    memory.items as ItemStore,
    compactions,
    new SealedReasoning(secrets),
    new UploadedFiles(bus, { bytesMax: 1024, timeoutMs: 1_000 }),
  );
  const conversations = new ConversationAccess(memory.conversations as ConversationStore, pauses, store);
  const access = new ServerAccessBox(secrets);
  const preparer = new ResponsePreparer(
    store,
    pauses,
    history,
    conversations,
    inputs,
    access,
    egress,
    'refuse',
  );
  const quotas = new Quotas(testCallerLimits(limits), use, store);
  const times = { foregroundTimeoutMs: 60_000, shutdownGraceMs: 0 };
  const foreground = new ForegroundRuns(leases, history, runner.asRunner, runs, answers, held, times);
  const creates = new CreateService(
    new RepeatedCreates(keys, store, runEvents),
    // The same checks of schemas, in the calling thread.
    new Admission(preparer, quotas, directSchemas as SchemaThreads, runner.asRunner, egress),
    quotas,
    new ResponseInsertion(store, keys),
    foreground,
    runEvents,
    bus,
  );
  const decisions = new DecisionsService(store, pauses, runEvents, foreground, conversations, bus);
  const responses = new ResponsesService(store, history, runs, runEvents, 60_000);
  return {
    memory,
    runner,
    bus,
    figure,
    runs,
    runEvents,
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

/** A request with one user message, with the changes of the spec. */
export function createRequest(changes: Partial<CreateResponse> = {}): CreateResponse {
  return {
    dialect: 'openai',
    model: 'test-model',
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
export const stays: AbortSignal = new AbortController().signal;

/** All events, up to the end. */
export async function eventsOf(events: AsyncIterable<readonly ResponseEvent[]>): Promise<ResponseEvent[]> {
  const taken: ResponseEvent[] = [];
  for await (const burst of events) taken.push(...burst);
  return taken;
}

export async function typesOf(events: AsyncIterable<readonly ResponseEvent[]>): Promise<string[]> {
  return (await eventsOf(events)).map(({ type }) => type);
}
