import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Antiphon } from '../targets/antiphon.ts';
import { table } from '../report/tables.ts';
import { busyShare, type CpuProfile, dearestFunctions } from './cpu-profile.ts';

/** A service that gets SIGUSR1 opens its inspector on a free port. Until then the option costs nothing. */
export const profilerEnvironment = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

const services = ['local-gateway', 'responses', 'llm', 'mcp', 'worker', 'auth'];
const functionsShown = 10;
/** A service that was less busy than this takes no part in the load and is left out. */
const busyShareMin = 0.02;
const samplingIntervalUs = 500;
const inspectorTimeoutMs = 10_000;
const pollMs = 50;

/** Records CPU profiles of the system's services while a load runs. */
export class Profiler {
  private readonly inspectors: ReadonlyMap<string, Inspector>;

  private constructor(inspectors: ReadonlyMap<string, Inspector>) {
    this.inspectors = inspectors;
  }

  static async attach(antiphon: Antiphon): Promise<Profiler> {
    const pids = antiphon.pids();
    const inspectors = new Map<string, Inspector>();
    for (const name of services) {
      const pid = pids.get(name);
      if (pid === undefined) throw new Error(`${name} does not run`);
      process.kill(pid, 'SIGUSR1');
      inspectors.set(
        name,
        await Inspector.connect(await inspectorUrl(join(antiphon.folder.log, `${name}.log`))),
      );
    }
    return new Profiler(inspectors);
  }

  async start(): Promise<void> {
    for (const inspector of this.inspectors.values()) {
      await inspector.send('Profiler.enable');
      await inspector.send('Profiler.setSamplingInterval', { interval: samplingIntervalUs });
      await inspector.send('Profiler.start');
    }
  }

  /** Ends the recording, writes a file for each service, and returns a table of the most expensive functions of each busy service. */
  async stop(folder: string, load: string): Promise<string> {
    mkdirSync(folder, { recursive: true });
    const parts: string[] = [];
    for (const [name, inspector] of this.inspectors) {
      const { profile } = (await inspector.send('Profiler.stop')) as { profile: CpuProfile };
      const file = join(folder, `${load}.${name}.cpuprofile`);
      writeFileSync(file, JSON.stringify(profile));
      if (busyShare(profile) < busyShareMin) continue;
      const rows = dearestFunctions(profile, functionsShown).map(({ name, place, share }) => [
        `${(share * 100).toFixed(1)} %`,
        name,
        place,
      ]);
      parts.push(`#### ${load}: ${name}\n\n${file}\n\n${table(['self', 'function', 'place'], rows)}`);
    }
    return parts.join('\n\n');
  }

  detach(): void {
    for (const inspector of this.inspectors.values()) inspector.close();
  }
}

/** One connection to a process's inspector. */
class Inspector {
  private nextId = 0;
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      // The protocol of V8's inspector: each answer has the id of its command.
      const { id, result } = JSON.parse(data.toString('utf8')) as { id?: number; result?: unknown };
      if (id === undefined) return;
      this.waiting.get(id)?.resolve(result);
      this.waiting.delete(id);
    });
    socket.on('close', () => {
      for (const { reject } of this.waiting.values())
        reject(new Error('the inspector closed its connection'));
    });
  }

  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { maxPayload: 0 });
    await once(socket, 'open');
    return new Inspector(socket);
  }

  send(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.nextId;
    const answer = Promise.withResolvers<unknown>();
    this.waiting.set(id, answer);
    this.socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  close(): void {
    this.socket.close();
  }
}

/** The address that a process writes when its inspector starts. */
async function inspectorUrl(logFile: string): Promise<string> {
  const timeout = AbortSignal.timeout(inspectorTimeoutMs);
  for (;;) {
    const url = /Debugger listening on (ws:\/\/\S+)/.exec(readFileSync(logFile, 'utf8'))?.[1];
    if (url !== undefined) return url;
    if (timeout.aborted) throw new Error(`no inspector has started: ${logFile}`);
    await delay(pollMs);
  }
}
