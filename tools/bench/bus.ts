/**
 * `npm run build && node tools/bench/bus.ts`: what a call and a chunk of a stream cost on the bus. Over NATS the handler runs in
 * a process of its own, beside a nats-server that this script starts; over memory everything runs in one process. CPU is user and system
 * time of the client's and the handler's process together, without that of the nats-server.
 */
import 'reflect-metadata';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineRpc, defineStream } from '@antiphon/contracts';
import {
  Answers,
  type Bus,
  type BusClient,
  BusServer,
  connectNats,
  createLogger,
  NatsBus,
} from '@antiphon/service-kit';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { Controller } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import { startNats } from '../nats/nats.ts';
import { fetchedProgramsFolder } from '../repository.ts';

const rounds = 7;
const calls = 20_000;
const inFlight = 64;
const chunks = 50_000;

const double = defineRpc({
  subject: 'bench.double',
  request: z.object({ value: z.number() }),
  reply: z.object({ value: z.number() }),
});
const count = defineStream({
  subject: 'bench.count',
  request: z.object({ to: z.number() }),
  chunk: z.array(z.object({ type: z.literal('text'), text: z.string() })),
});

const logger = createLogger('bench', 'silent');

type Request<Contract extends { request: z.ZodType }> = z.infer<Contract['request']>;

class BenchHandler {
  async double({ value }: Request<typeof double>) {
    return { value: value * 2 };
  }

  async *count({ to }: Request<typeof count>) {
    for (let i = 0; i < to; i++) yield [{ type: 'text' as const, text: `token ${i}` }];
  }
}

/** Node strips types and does not support decorators, so they are applied by hand. */
function declareHandlers({ prototype }: typeof BenchHandler): void {
  const descriptorOf = <Name extends keyof BenchHandler>(name: Name) =>
    Object.getOwnPropertyDescriptor(prototype, name) as TypedPropertyDescriptor<BenchHandler[Name]>; // a method of the class
  Answers(double)(prototype, 'double', descriptorOf('double'));
  Answers(count)(prototype, 'count', descriptorOf('count'));
  Controller()(BenchHandler);
}

async function serve(bus: Bus): Promise<void> {
  const module = { module: class BenchModule {}, controllers: [BenchHandler] };
  const service = await NestFactory.createMicroservice(module, {
    strategy: new BusServer(bus, logger),
    logger: false,
  });
  await service.listen();
}

interface Figures {
  callsPerSecond: number;
  cpuPerCallUs: number;
  chunksPerSecond: number;
  cpuPerChunkUs: number;
}

/** `cpuOfHandlerUs`: the CPU that the handler's process has used so far; 0 where it is this process. */
async function measure(bus: BusClient, cpuOfHandlerUs: () => Promise<number>): Promise<Figures> {
  const timed = async (count: number, work: () => Promise<void>) => {
    const handlerBeforeUs = await cpuOfHandlerUs();
    const [before, startMs] = [process.cpuUsage(), performance.now()];
    await work();
    const seconds = (performance.now() - startMs) / 1_000;
    const { user, system } = process.cpuUsage(before);
    const cpuUs = user + system + (await cpuOfHandlerUs()) - handlerBeforeUs;
    return { perSecond: count / seconds, cpuUs: cpuUs / count };
  };
  const called = await timed(calls, async () => {
    let next = 0;
    const worker = async () => {
      while (next < calls) await bus.call(double, { value: next++ }, 10_000);
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  });
  const streamed = await timed(chunks, async () => {
    let seen = 0;
    for await (const chunk of bus.stream(count, { to: chunks }, new AbortController().signal))
      seen += chunk.length;
    if (seen !== chunks) throw new Error(`${seen} chunks of ${chunks} arrived`);
  });
  return {
    callsPerSecond: called.perSecond,
    cpuPerCallUs: called.cpuUs,
    chunksPerSecond: streamed.perSecond,
    cpuPerChunkUs: streamed.cpuUs,
  };
}

async function natsBus(url: string): Promise<NatsBus> {
  return new NatsBus(await connectNats(url, 'bench', logger), logger);
}

async function runHandlerProcess(url: string): Promise<void> {
  await serve(await natsBus(url));
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}

async function cpuOf(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message');
  child.send('cpu');
  const [cpuUs] = (await answer) as [number]; // runHandlerProcess sends this
  return cpuUs;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function summary(measured: Figures[]): Record<string, number> {
  return {
    'calls/s': Math.round(median(measured.map((figures) => figures.callsPerSecond))),
    'CPU µs/call': Number(median(measured.map((figures) => figures.cpuPerCallUs)).toFixed(1)),
    'chunks/s': Math.round(median(measured.map((figures) => figures.chunksPerSecond))),
    'CPU µs/chunk': Number(median(measured.map((figures) => figures.cpuPerChunkUs)).toFixed(2)),
  };
}

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-bench-'));
  const nats = await startNats({
    dataDir: join(folder, 'nats'),
    runFolder: join(folder, 'run'),
    cacheFolder: fetchedProgramsFolder,
  });
  const url = nats.urls.consumer;
  const handler = fork(fileURLToPath(import.meta.url), ['handler', url]);
  try {
    await once(handler, 'message');
    const overNats = await natsBus(url);
    const overMemory = new MemoryBus();
    await serve(overMemory);
    const measured: Record<'NATS' | 'memory', Figures[]> = { NATS: [], memory: [] };
    for (let round = 0; round <= rounds; round++) {
      const figures = {
        NATS: await measure(overNats, () => cpuOf(handler)),
        memory: await measure(overMemory, async () => 0),
      };
      if (round === 0) continue; // warms the code up
      measured.NATS.push(figures.NATS);
      measured.memory.push(figures.memory);
    }
    console.table({ NATS: summary(measured.NATS), memory: summary(measured.memory) });
    await overNats.close();
  } finally {
    handler.disconnect();
    await nats.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

declareHandlers(BenchHandler);
const [role, url] = process.argv.slice(2);
if (role === 'handler' && url) await runHandlerProcess(url);
else await run();
