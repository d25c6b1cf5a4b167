import type { CallDetail, HostedToolOf, NetworkPolicy, RequestContainer } from '@antiphon/contracts';
import { toFile } from 'openai';
import { beforeEach, expect, it } from 'vitest';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { ContainerFiles } from '../../containers/container-files.ts';
import { ContainersService } from '../../containers/containers.service.ts';
import { containerService } from '../../containers/testing/container-service.ts';
import { ann as caller } from '../../files/testing/file-service.ts';
import type { ToolOutput } from '../../host/tool.ts';
import type { Shell, ShellAnswer, ShellCall } from '../../shell/shell.ts';
import { HostedTools } from '../hosted-tools.ts';
import { RequestContainers } from '../request-containers.ts';
import { ShellToolRunner } from './shell-tool-runner.ts';

type Act = (call: ShellCall) => Promise<Partial<ShellAnswer>>;
/** What the next commands do: a function of the test runs instead of a shell. */
let act: Act;
const ok = { type: 'exit', exit_code: 0 } as const;
const shell: Shell = {
  networkPolicies: async () => ['disabled'],
  async run(call) {
    const output = call.commands.map((stdout) => ({ stdout, stderr: '', outcome: ok }));
    return { output, changes: { saved: [], notes: [] }, ...(await act(call)) };
  },
};
beforeEach(() => (act = async () => ({})));

const service = await containerService({}, { SHELL_RUNNER_URL: 'http://127.0.0.1:9' });
const { app } = service;

function toolsWith(runner: Shell | null): HostedTools {
  const files = app.get(ContainerFiles);
  const requested = new RequestContainers(
    app.get(ContainersService),
    service.containers,
    service.files,
    files,
  );
  return new HostedTools([
    new ShellToolRunner(app.get<Config>(MCP_CONFIG), requested, service.containers, files, runner),
  ]);
}
const tools = toolsWith(shell);

const auto = (...fileIds: string[]): RequestContainer => ({ type: 'auto', fileIds, memoryLimit: null });
const toolOf = (container: RequestContainer): HostedToolOf<'shell'> => ({
  kind: 'shell',
  options: { container },
  declared: { type: 'shell' },
});

/** Offers the tool to a run. */
async function offer(container: RequestContainer, earlier: CallDetail[] = []) {
  const { functions, detail } = await tools.offerOf(toolOf(container), caller, earlier);
  if (detail?.kind !== 'shell') throw new Error('its calls begin with a container');
  return { detail, description: functions[0]?.offer.description ?? '' };
}

async function run(
  container: RequestContainer,
  detail: CallDetail,
  args: Record<string, unknown>,
): Promise<ToolOutput> {
  const [tool] = tools.functionsOf(toolOf(container), caller);
  const context = { caller, idempotencyKey: 'resp_1:0:0', detail };
  const output = await tool?.run(args, context, new AbortController().signal);
  if (output === undefined || typeof output === 'string') throw new Error('its output has a detail');
  return output;
}

it('runs commands in a container of the request, with its files and its memory', async () => {
  const { id } = await service.ann.files.create({
    file: await toFile(Buffer.from('a'), 'in.csv'),
    purpose: 'user_data',
  });
  const container: RequestContainer = { type: 'auto', fileIds: [id], memoryLimit: '1g' };
  const { detail, description } = await offer(container);
  expect(description).toContain('"/mnt/data/in.csv"');
  const seen: unknown[] = [];
  act = async ({ commands, timeoutMs, memoryMb, data }) => {
    seen.push({ commands, timeoutMs, memoryMb, paths: (await data.list()).map(({ path }) => path) });
    const saved = [await data.save('out/a.txt', Buffer.from('made'))];
    return { changes: { saved, notes: ['a note'] } };
  };
  const output = await run(container, detail, { commands: ['ls'], timeout_ms: 500, max_output_length: 1 });
  expect(seen).toEqual([{ commands: ['ls'], timeoutMs: 500, memoryMb: 1_024, paths: ['in.csv'] }]);
  const [source] = output.sources ?? [];
  expect(JSON.parse(output.text)).toEqual({
    output: [{ stdout: 'l', stderr: '', outcome: ok }],
    max_output_length: 1,
    files: [`【${source?.mark}】 /mnt/data/out/a.txt`],
    notes: ['a note', expect.stringContaining(`【${source?.mark}】`)],
  });
  expect(output.detail).toEqual(detail);

  const next = await offer(auto(), [detail]);
  expect(next.detail).toEqual(detail);
  expect(next.description).toContain('"/mnt/data/out/a.txt"');
});

it('the output of many commands fits into the output of a tool', async () => {
  const { detail } = await offer(auto());
  const asked: number[] = [];
  act = async ({ commands, outputBytesMax }) => {
    asked.push(outputBytesMax);
    const text = '"'.repeat(outputBytesMax);
    return { output: commands.map(() => ({ stdout: text, stderr: text, outcome: ok })) };
  };
  const { text } = await run(auto(), detail, { commands: Array.from({ length: 16 }, () => 'ls') });
  const { outputBytesMax } = app.get<Config>(MCP_CONFIG).tools;
  expect(Buffer.byteLength(text)).toBeLessThan(outputBytesMax);
  expect(asked[0]).toBeGreaterThan(4_096);
  expect(JSON.parse(text)).toMatchObject({ output: { length: 16 } });
});

it('refuses a container that a request cannot have', async () => {
  const mine = await service.ann.containers.create({ name: 'mine' });
  const theirs = await service.bob.containers.create({ name: 'theirs' });
  expect((await offer({ type: 'id', id: mine.id })).detail.containerId).toBe(mine.id);
  await expect(offer({ type: 'id', id: theirs.id })).rejects.toMatchObject({ code: 'not_found' });
});

it('gives a container at most the memory that the operator allows, with a warning', async () => {
  const container: RequestContainer = { type: 'auto', fileIds: [], memoryLimit: '4g' };
  const { detail, warning } = await tools.offerOf(toolOf(container), caller, []);
  expect(warning).toBe(
    'The container has 1024 MB in place of its memory_limit 4g: the operator of this server allows no more (shell.memory_mb_max).',
  );
  const seen: unknown[] = [];
  act = async ({ memoryMb }) => {
    seen.push(memoryMb);
    return {};
  };
  if (detail) await run(container, detail, { commands: ['ls'] });
  expect(seen).toEqual([1_024]);
});

it('passes a network policy on that the runner enforces, and refuses another', async () => {
  const toolWith = (network: NetworkPolicy) => ({
    ...toolOf(auto()),
    options: { container: auto(), network },
  });
  const tool = toolWith({ type: 'disabled' });
  const { functions, detail } = await tools.offerOf(tool, caller, []);
  const seen: unknown[] = [];
  act = async ({ network }) => {
    seen.push(network);
    return {};
  };
  const context = { caller, idempotencyKey: 'resp_1:0:0', ...(detail && { detail }) };
  await functions[0]?.run({ commands: ['ls'] }, context, new AbortController().signal);
  expect(seen).toEqual([{ type: 'disabled' }]);
  await expect(
    tools.offerOf(toolWith({ type: 'allowlist', domains: ['a.example'] }), caller, []),
  ).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('allowlist') as string,
  });
});

it('refuses commands that are none', async () => {
  const { detail } = await offer(auto());
  await expect(run(auto(), detail, { commands: [] })).rejects.toMatchObject({ code: 'invalid_request' });
});

it('is refused by a server without a runner, with what to do', async () => {
  await expect(toolsWith(null).offerOf(toolOf(auto()), caller, [])).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/"local".*SHELL_RUNNER_URL/) as string,
  });
});
