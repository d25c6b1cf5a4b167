import { once } from 'node:events';
import { WebSocket } from 'ws';
import { HttpClient } from '../load/http-client.ts';
import { modelName } from '../provider/chat-script.ts';
import type { Antiphon } from '../targets/antiphon.ts';
import type { Target } from '../targets/target.ts';
import { everyTarget, loopMetrics, loopSample } from './loop-sample.ts';
import type { Sample, Scenario } from './scenario.ts';

const sockets = 16;
const model = modelName({ tokens: 64 });
const input = 'Say something of 64 tokens.';
const turn = JSON.stringify({ type: 'response.create', model, input, store: false });

export const websocketTurns: Scenario = {
  name: 'websocket',
  title: 'WebSocket turns',
  how: `${sockets} WebSockets, each sending its next turn when the last one has ended; not stored. The other contestants stream over HTTP.`,
  metrics: loopMetrics('turn'),
  prepare: async (bench) => ({
    contestants: everyTarget(bench, (target) =>
      target === bench.antiphon
        ? runSockets(bench.antiphon, bench.durationMs)
        : runStreams(target, bench.durationMs),
    ),
  }),
};

async function runSockets(antiphon: Antiphon, durationMs: number): Promise<Sample> {
  const url = `${antiphon.origin.replace('http', 'ws')}/v1/responses`;
  const open = await Promise.all(
    Array.from({ length: sockets }, async () => {
      const socket = new WebSocket(url, { headers: antiphon.callers.headers() });
      await once(socket, 'open');
      return socket;
    }),
  );
  try {
    return await runTurns(antiphon, durationMs, async (place) => {
      const socket = open[place];
      if (socket) await turnEnd(socket);
    });
  } finally {
    for (const socket of open) socket.terminate();
  }
}

async function runStreams(target: Target, durationMs: number): Promise<Sample> {
  const client = new HttpClient(target.origin, sockets);
  try {
    return await runTurns(target, durationMs, () =>
      client.stream(target.request({ model, input, stream: true, store: false }), () => undefined),
    );
  } finally {
    await client.close();
  }
}

/** `run` does one turn on the socket of that number, from 0. */
async function runTurns(
  target: Target,
  durationMs: number,
  run: (socket: number) => Promise<void>,
): Promise<Sample> {
  const free = Array.from({ length: sockets }, (_, place) => place);
  return loopSample(target, { connections: sockets, durationMs }, async () => {
    // There are as many workers as sockets.
    const socket = free.pop() ?? 0;
    await run(socket).finally(() => free.push(socket));
  });
}

/** Sends a turn and waits for its last event. */
function turnEnd(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onMessage = (data: Buffer) => {
      const event = data.toString('latin1');
      const isOver = event.startsWith('{"type":"response.completed"');
      if (!isOver && !/^\{"type":"(response\.failed|error)"/.test(event)) return;
      socket.off('message', onMessage);
      if (isOver) resolve();
      else reject(new Error(event));
    };
    socket.on('message', onMessage);
    socket.send(turn);
  });
}
