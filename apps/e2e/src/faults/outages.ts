import { hang, text, toolCall, wait } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { framesOf, JanClient, type JanError } from '../clients/jan-client.ts';
import { textLike, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { EventReader } from '../clients/event-reader.ts';
import { faultScenarios } from './fault-scenarios.ts';

const { provider, submit, jan, system, effects, runningTool, faults, nextCall, responses, workers } =
  await faultScenarios();
const firstClient = new JanClient(responses[0].url, jan.token);

describe('NATS that is away', () => {
  scenario('faults-nats-away', 'still allows submitting; everything continues when it returns', async () => {
    provider.script = () => [text('Done.')];
    await faults.stopNats();
    const task = await submit();
    const foreground = await jan.create<JanError>({ input: 'Now' });
    expect(foreground.status).toBe(503);
    expect(Number(foreground.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    expect(await statusesOf('readyz')).toEqual([200, 200, 200, 200]);
    expect((await jan.get(task.id)).body.status).toBe('queued');
    await faults.startNats();
    expect((await jan.settled(task.id)).status).toBe('completed');
    await expect.poll(async () => (await jan.create({ input: 'Now' })).status).toBe(200);
  });

  scenario(
    'faults-nats-wiped',
    'and has lost its store delays no run, and gets the events that follow',
    async () => {
      provider.script = () => [text('Done.')];
      await faults.wipeNats();
      const task = await submit();
      expect((await jan.settled(task.id)).status).toBe('completed');
      const reader = await EventReader.open(faults.eventsUrl, 'the beginning');
      await reader.until('events.usage.recorded', (data) => data['responseId'] === task.id);
      expect(reader.of(task.id).map(({ subject }) => subject)).toEqual([
        'events.responses.created',
        'events.responses.queued',
        'events.responses.in_progress',
        'events.responses.completed',
        'events.usage.recorded',
      ]);
      await reader.close();
    },
  );
});

describe('PostgreSQL that is away', () => {
  scenario('faults-postgres-away', 'is a 503, and runs continue when it returns', async () => {
    // Never silent for long, and still running when the database goes away.
    const drops = Array.from({ length: 40 }, () => [wait(100), text('.')]).flat();
    provider.script = ({ userText }) =>
      userText === 'Work' ? [text('Half'), ...drops, text(' and half.')] : [text('Hello.')];
    const asked = nextCall();
    const task = await submit();
    await asked;
    await faults.stopPostgres();
    const answers = await Promise.all(everyRoute.map((route) => requestRoute(route, task.id)));
    const wrong = answers.filter(
      ({ status, retryAfter }) => status >= 500 && !(status === 503 && retryAfter > 0),
    );
    expect(wrong).toEqual([]);
    const away = answers
      .filter(({ status }) => status === 503)
      .map(({ route }) => route.replaceAll(/\{\w+\}/g, '{}'));
    expect(away).toEqual(
      expect.arrayContaining([
        'GET /responses/v1/responses/{}',
        'POST /responses/v1/responses',
        'POST /responses/v1/responses/{}/cancel',
        'POST /llm/auth/guest-login',
      ]),
    );
    expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    expect(await statusesOf('readyz')).toEqual([503, 503, 503, 503]);
    await faults.startPostgres();
    await expect.poll(() => statusesOf('readyz')).toEqual([200, 200, 200, 200]);
    expect(await jan.settled(task.id)).toMatchObject({
      status: 'completed',
      output: textLike(/^Half\.{40} and half\.$/),
    });
  });

  scenario('faults-postgres-away', 'without closing its connections is a 503, too', async () => {
    const { id } = await submit();
    await jan.settled(id);
    const thaw = await faults.freezePostgres();
    try {
      const answers = await Promise.all([
        jan.get<JanError>(id),
        jan.create<JanError>({ input: 'x', background: true }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503]);
      expect(await statusesOf('readyz')).toEqual([503, 503, 503, 503]);
      expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    } finally {
      thaw();
    }
    await expect.poll(() => statusesOf('readyz')).toEqual([200, 200, 200, 200]);
    expect((await jan.settled((await submit()).id)).status).toBe('completed');
  });
});

scenario(
  'faults-hung-provider',
  'a provider that hangs is a timeout, and its connection is closed',
  async () => {
    const timeouts = '{ first_byte: 1500ms, silence: 1500ms }';
    await system.useProviders(
      `providers:
  - { name: openai, preset: openai_compatible, base_url: "${provider.baseUrl}", timeouts: ${timeouts} }
`,
    );
    for (const steps of [[hang()], [text('Half'), hang()]]) {
      provider.script = () => steps;
      const asked = nextCall();
      const task = await submit();
      const call = await asked;
      // A turn that has begun is requested again, and each attempt may be silent for a while.
      await expect
        .poll(async () => (await jan.get(task.id)).body, { timeout: 60_000 })
        .toMatchObject({ status: 'failed', error: textLike(/did not|silent|time/i) });
      expect((await call.closed).aborted).toBe(true);
    }
    await system.useProviders();
  },
  90_000,
);

describe('a tools service that is away for a moment', () => {
  scenario(
    'faults-tools-restart',
    'delays runs, and loses no call',
    async () => {
      const mcp = system.app('mcp');
      const goOn = Promise.withResolvers<void>();
      provider.script = ({ userText, toolOutputs }) =>
        toolOutputs.length === 0
          ? [wait(goOn.promise), toolCall('post_http_requests', { url: `${effects.url}/${userText}` })]
          : [text(`It said: ${toolOutputs[0]}`)];
      const callsBefore = provider.calls.length;
      const task = await submit({ input: 'in-the-background' });
      const foreground = jan.create({ input: 'in-the-foreground' });
      await provider.call(callsBefore + 1);
      await mcp.kill();
      goOn.resolve();
      await expect.poll(callsUnderWay).toBe(2);
      await mcp.start();
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'completed',
        output: textWith('/in-the-back'),
      });
      expect((await foreground).body).toMatchObject({
        status: 'completed',
        output: textWith('/in-the-fore'),
      });
      for (const path of ['/in-the-background', '/in-the-foreground'])
        expect(effects.at(path), path).toHaveLength(1);
    },
    60_000,
  );

  scenario(
    'faults-tools-restart',
    'repeats a running read-only call',
    async () => {
      const mcp = system.app('mcp');
      const task = await runningTool('get_http_requests', '/read-while-killed');
      await mcp.kill();
      effects.release('/read-while-killed');
      await mcp.start();
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'completed',
        output: textWith('/read-while-killed'),
      });
      expect(effects.at('/read-while-killed').map(({ key }) => key)).toEqual([
        `${task.id}:0:0`,
        `${task.id}:0:0`,
      ]);
    },
    60_000,
  );

  scenario(
    'faults-write',
    'never repeats a running call that changes something',
    async () => {
      const mcp = system.app('mcp');
      const task = await runningTool('post_http_requests', '/write-while-killed');
      await mcp.kill();
      effects.release('/write-while-killed');
      await mcp.start();
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'completed',
        output: textLike(/unknown.*may have taken effect/),
      });
      expect(effects.at('/write-while-killed')).toHaveLength(1);
    },
    60_000,
  );
});

scenario(
  'faults-llm-killed',
  'an llm service that is killed during turns fails no run with unread text',
  async () => {
    const neverEnds = wait(new Promise(() => {}));
    let isKilled = false;
    provider.script = ({ userText }) =>
      isKilled ? [text(`All of ${userText}.`)] : [text('Half'), neverEnds];
    const callsBefore = provider.calls.length;
    const inputs = Array.from({ length: 6 }, (_, i) => `work-${i}`);
    const tasks = await Promise.all(inputs.map((input) => submit({ input })));
    const plain = jan.create({ input: 'plain' });
    const stream = await jan.open({ input: 'stream' });
    await provider.call(callsBefore + inputs.length + 1);
    const frames = framesOf(stream);
    const heard: unknown[] = [];
    const hasHeard = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const frame of frames) {
        heard.push(frame);
        if (JSON.stringify(frame).includes('Half')) hasHeard.resolve();
      }
    })();
    await hasHeard.promise;
    const llm = system.app('llm');
    await llm.kill();
    isKilled = true;
    await llm.start();
    for (const [i, task] of tasks.entries())
      expect(await jan.settled(task.id)).toMatchObject({ status: 'completed', output: `All of work-${i}.` });
    expect((await plain).body).toMatchObject({ status: 'completed', output: 'All of plain.' });
    await reading;
    expect(heard.at(-1)).toEqual({ data: '[DONE]' });
    expect((await jan.get(stream.headers.get('x-response-id') ?? '')).body).toMatchObject({
      status: 'failed',
      output: 'Half',
    });
  },
  60_000,
);

/** Tool calls that have started and not returned. */
async function callsUnderWay(): Promise<number> {
  const [row] = await faults.query<{ count: string }>(
    `select count(*) from responses.responses where status = 'in_progress' and body->>'output' like '%"started"%'`,
  );
  return Number(row?.count);
}

/** Of both instances of responses and both workers. */
async function statusesOf(path: string): Promise<number[]> {
  const answers = await Promise.all([...responses, ...workers].map(({ url }) => fetch(`${url}/${path}`)));
  return answers.map(({ status }) => status);
}

/** The routes of the API documents, and those that the other services serve besides. */
const document = (await (await fetch(`${firstClient.url}/docs/openapi.json`)).json()) as {
  paths: Record<string, Record<string, unknown>>;
};
const everyRoute = [
  ...Object.entries(document.paths).flatMap(([path, methods]) =>
    ['get', 'post', 'patch', 'delete']
      .filter((method) => method in methods)
      .map((method) => `${method.toUpperCase()} ${path}`),
  ),
  ...['guest-login', 'refresh-token', 'validate', 'upgrade', 'logout', 'revoke', 'api-keys'].map(
    (name) => `POST /llm/auth/${name}`,
  ),
  ...['me', 'api-keys'].map((name) => `GET /llm/auth/${name}`),
  ...['GET /v1/models', 'POST /v1/chat/completions', 'GET /v1/mcp/servers', 'POST /v1/mcp/servers'],
];

async function requestRoute(
  route: string,
  id: string,
): Promise<{ route: string; status: number; retryAfter: number; text: string }> {
  const [method = '', path = ''] = route.split(' ');
  const body = {
    ...{ model: 'jan-v2-30b', input: 'x', background: true, messages: [{ role: 'user', content: 'x' }] },
    ...{
      url: 'https://example.com/hook',
      event_types: ['response.completed'],
      refresh_token: 'x',
      name: 'x',
    },
  };
  const { status, headers, text } = await jan.request(method, path.replaceAll(/\{\w+\}/g, id), {
    headers: { 'content-type': 'application/json' },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  });
  return { route, status, retryAfter: Number(headers.get('retry-after')), text };
}
