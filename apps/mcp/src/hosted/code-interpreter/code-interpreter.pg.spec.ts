import type { CallDetail, CodeInterpreterOptions, HostedToolOf } from '@antiphon/contracts';
import { toFile } from 'openai';
import { beforeEach, expect, it } from 'vitest';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { ContainerFiles } from '../../containers/container-files.ts';
import { ContainerPython } from '../../containers/container-python.ts';
import { ContainersService } from '../../containers/containers.service.ts';
import { containerService } from '../../containers/testing/container-service.ts';
import { ann as caller } from '../../files/testing/file-service.ts';
import type { ToolOutput } from '../../host/tool.ts';
import type { DataFiles } from '../../python/data/data-files.ts';
import type { PythonAnswer, PythonRunner } from '../../python/python-runner.ts';
import { HostedTools } from '../hosted-tools.ts';
import { RequestContainers } from '../request-containers.ts';
import { CodeInterpreterRunner } from './code-interpreter-runner.ts';

type Act = (data: DataFiles) => Promise<Partial<PythonAnswer>>;
/** What the next code does: a function of the test runs instead of Python. */
let act: Act;
const python: PythonRunner = {
  async run({ data }) {
    if (!data) throw new Error('code of a container has files');
    const nothing = { stdout: '', stderr: '', result: null, error: null, durationMs: 1 };
    return { ...nothing, isFresh: false, changes: { saved: [], notes: [] }, ...(await act(data)) };
  },
};
beforeEach(() => (act = async () => ({})));

const service = await containerService({ per_caller_max: 3 });
const { ann, app, query } = service;

function toolsWith(runner: PythonRunner | null): HostedTools {
  const files = app.get(ContainerFiles);
  const config = app.get<Config>(MCP_CONFIG);
  const inside = new ContainerPython(service.containers, files, runner, config);
  const requested = new RequestContainers(
    app.get(ContainersService),
    service.containers,
    service.files,
    files,
  );
  return new HostedTools([new CodeInterpreterRunner(config, requested, files, inside)]);
}
const tools = toolsWith(python);

type Container = CodeInterpreterOptions['container'];
const auto = (...fileIds: string[]): Container => ({ type: 'auto', fileIds, memoryLimit: null });
const toolOf = (container: Container): HostedToolOf<'code_interpreter'> => ({
  kind: 'code_interpreter',
  options: { container },
  declared: { type: 'code_interpreter' },
});

/** Offers the tool to a run. */
async function offer(container: Container, earlier: CallDetail[] = []) {
  const { functions, detail } = await tools.offerOf(toolOf(container), caller, earlier);
  if (detail?.kind !== 'code_interpreter') throw new Error('its calls begin with a container');
  return { detail, description: functions[0]?.offer.description ?? '' };
}

/** Runs code that does what `doing` says. */
async function run(container: Container, detail: CallDetail, doing: Act): Promise<ToolOutput> {
  act = doing;
  const [tool] = tools.functionsOf(toolOf(container), caller);
  const context = { caller, idempotencyKey: 'resp_1:0:0', detail };
  const output = await tool?.run({ code: 'x' }, context, new AbortController().signal);
  if (output === undefined || typeof output === 'string') throw new Error('its output has a detail');
  return output;
}

const saving =
  (path: string, content: string | Buffer): Act =>
  async (data) => ({ changes: { saved: [await data.save(path, Buffer.from(content))], notes: [] } });
const contentOf = async (containerId: string, path: string) => {
  const file = (await service.files.all(containerId)).find((one) => one.path === path);
  return (await app.get(ContainerFiles).read(file?.id ?? '')).toString();
};
const upload = async (name: string, content: string) =>
  ann.files.create({ file: await toFile(Buffer.from(content), name), purpose: 'user_data' });

it('makes a container of its own with the files of the request when code first runs', async () => {
  const { id } = await upload('in.csv', 'a');
  const { detail, description } = await offer(auto(id));
  expect(description).toContain('"/mnt/data/in.csv"');
  expect(await query('select 1 from mcp.containers')).toHaveLength(0);
  const output = await run(auto(id), detail, async (data) => ({
    stdout: 'printed\n',
    result: '6',
    stderr: 'warned',
    changes: { saved: [], notes: [(await data.list()).map(({ path }) => path).join()] },
  }));
  expect(output.text).toBe('printed\nwarned\n6\n\nin.csv');
  expect(output.detail).toEqual({ ...detail, outputs: [{ type: 'logs', logs: 'printed\nwarned\n6' }] });
});

it('shows written files with marks, and images as data URLs', async () => {
  const { detail } = await offer(auto());
  const png = Buffer.from('iVBORw0KGgo=', 'base64');
  const output = await run(auto(), detail, saving('plots/a.png', png));
  const [source] = output.sources ?? [];
  expect(source?.source).toMatchObject({
    type: 'container_file',
    containerId: detail.containerId,
    title: 'a.png',
  });
  expect(output.text).toContain(`【${source?.mark}】 /mnt/data/plots/a.png`);
  expect(output.detail).toMatchObject({
    outputs: [{ type: 'image', url: 'data:image/png;base64,iVBORw0KGgo=' }],
  });
});

it('goes on in the container of the last call, and leaves changed copies as they are', async () => {
  const { id } = await upload('in.csv', 'as sent');
  const { detail } = await offer(auto(id));
  await run(auto(id), detail, saving('in.csv', 'changed by code'));
  const next = await offer(auto(id), [detail]);
  expect(next.detail.containerId).toBe(detail.containerId);
  const output = await run(auto(id), next.detail, async () => ({ isFresh: true }));
  expect(await contentOf(detail.containerId, 'in.csv')).toBe('changed by code');
  expect(output.text).toContain('variables of earlier code are gone');

  for (const unusable of [`cntr_${'0'.repeat(34)}`, 'other'])
    expect((await offer(auto(), [{ ...detail, containerId: unusable }])).detail.containerId).not.toBe(
      unusable,
    );
  await query('update mcp.containers set expires_at = now()');
  const later = await offer(auto(), [detail]);
  expect(later.detail.containerId).not.toBe(detail.containerId);
  await run(auto(), later.detail, saving('new', 'x'));
});

it('refuses a container or files that a request cannot have', async () => {
  const mine = await service.ann.containers.create({ name: 'mine' });
  const theirs = await service.bob.containers.create({ name: 'theirs' });
  expect((await offer({ type: 'id', id: mine.id })).detail.containerId).toBe(mine.id);
  await expect(offer({ type: 'id', id: theirs.id })).rejects.toMatchObject({ code: 'not_found' });
  await expect(offer(auto('file_1'))).rejects.toMatchObject({ code: 'not_found' });
  await query('update mcp.containers set expires_at = now()');
  await expect(offer({ type: 'id', id: mine.id })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('has expired') as string,
  });
});

it('is not offered by a server without Python', async () => {
  const { functions } = await toolsWith(null).offerOf(toolOf(auto()), caller, []);
  expect(functions).toEqual([]);
});
