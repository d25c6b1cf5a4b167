/*
 * A runner for the hosted shell: runs the commands of one call at a time with bash, and gives back what they print and the files that they change.
 * It keeps nothing between calls: every call brings all its files. apps/mcp/src/shell/README.md has the protocol.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { constants, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Sizes in bytes, times in milliseconds. A request may ask for less, not for more. */
const settings = {
  host: process.env.HOST ?? '127.0.0.1',
  port: number('PORT', 8095),
  /** The folder with the files of a call, where its commands start. It is emptied before and after each call. */
  dataFolder: process.env.DATA_FOLDER ?? '/mnt/data',
  /** The user and group that the commands run as; null: the user of this program. */
  userId: process.env.RUN_AS ? number('RUN_AS', 0) : null,
  timeoutMax: number('TIMEOUT_MAX_MS', 120_000),
  outputBytesMax: number('OUTPUT_BYTES_MAX', 1_048_576),
  bodyBytesMax: number('BODY_BYTES_MAX', 268_435_456),
  waitingMax: number('WAITING_MAX', 16),
  /** The operator says that nothing here reaches a network: a call without one then needs nothing more. */
  isOffline: process.env.NETWORK === 'none',
};
/** Begins a command in a network of its own, which has no interfaces. */
const withoutNetwork = ['unshare', '--user', '--net', '--map-current-user'];
const userOptions = settings.userId !== null && { uid: settings.userId, gid: settings.userId };
const canUnshare =
  spawnSync(withoutNetwork[0], [...withoutNetwork.slice(1), 'true'], { stdio: 'ignore', ...userOptions })
    .status === 0;
/** The policies that this runner enforces. Lists of domains need a proxy, which it has not. */
const networkPolicies = settings.isOffline || canUnshare ? ['disabled'] : [];
/** How long output may still arrive after a command has ended: a process that left its group may hold the pipe. */
const drainMs = 500;
const commandsMax = 100;

function number(name, fallback) {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a number, 0 or more`);
  return value;
}

/** An answer other than 200. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function readCall(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > settings.bodyBytesMax) throw new Refusal(413, 'the request is too large');
    chunks.push(chunk);
  }
  let body;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'the request is not JSON');
  }
  const { commands, files, timeout_ms, output_bytes_max, files_bytes_max, memory_mb, network } = body ?? {};
  const areTexts =
    Array.isArray(commands) && commands.every((text) => typeof text === 'string' && !text.includes('\0'));
  if (!areTexts || commands.length === 0 || commands.length > commandsMax)
    throw new Refusal(400, `commands must be 1 to ${commandsMax} texts`);
  if (!Array.isArray(files) || !files.every(isFile))
    throw new Refusal(400, 'files must be a list of {path, content} with paths below the folder');
  for (const value of [timeout_ms, output_bytes_max, files_bytes_max, memory_mb ?? 1])
    if (!Number.isSafeInteger(value) || value <= 0) throw new Refusal(400, 'limits must be positive numbers');
  if (network && !networkPolicies.includes(network.type))
    throw new Refusal(501, 'the network policy is not enforced here');
  return {
    commands,
    files,
    isOffline: Boolean(network) && !settings.isOffline,
    timeoutMs: Math.min(timeout_ms, settings.timeoutMax),
    outputBytesMax: Math.min(output_bytes_max, settings.outputBytesMax),
    filesBytesMax: files_bytes_max,
    memoryMb: memory_mb ?? null,
  };
}

function isFile(file) {
  if (typeof file?.path !== 'string' || typeof file.content !== 'string' || file.path.includes('\0'))
    return false;
  return file.path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

async function own(path) {
  if (settings.userId !== null) await chown(path, settings.userId, settings.userId);
}

async function emptyData() {
  await mkdir(settings.dataFolder, { recursive: true });
  for (const name of await readdir(settings.dataFolder))
    await rm(join(settings.dataFolder, name), { recursive: true, force: true });
}

async function putFiles(files) {
  await emptyData();
  await own(settings.dataFolder);
  const digests = new Map();
  for (const { path, content } of files) {
    const bytes = Buffer.from(content, 'base64');
    const first = await mkdir(dirname(join(settings.dataFolder, path)), { recursive: true });
    for (let folder = dirname(path); first && folder !== '.'; folder = dirname(folder))
      await own(join(settings.dataFolder, folder));
    await writeFile(join(settings.dataFolder, path), bytes);
    await own(join(settings.dataFolder, path));
    digests.set(path, digestOf(bytes));
  }
  return digests;
}

function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('base64');
}

/** The regular files below the folder. Links are not followed. */
async function filesBelow(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** What the commands did to the files. */
async function changesSince(digests, bytesMax) {
  const files = [];
  const seen = new Set();
  let total = 0;
  for (const place of await filesBelow(settings.dataFolder)) {
    const path = relative(settings.dataFolder, place);
    seen.add(path);
    const { size } = await lstat(place);
    if (size > bytesMax) throw new Refusal(413, 'the files are too large');
    const bytes = await readFile(place);
    if (digests.get(path) === digestOf(bytes)) continue;
    total += bytes.length;
    if (total > bytesMax) throw new Refusal(413, 'the files are too large');
    files.push({ path, content: bytes.toString('base64') });
  }
  return { files, removed: [...digests.keys()].filter((path) => !seen.has(path)) };
}

/** Collects the beginning of an output. */
function collect(stream, bytesMax) {
  const chunks = [];
  let kept = 0;
  let total = 0;
  stream.on('data', (chunk) => {
    total += chunk.length;
    const piece = chunk.subarray(0, bytesMax - kept);
    kept += piece.length;
    if (piece.length > 0) chunks.push(piece);
  });
  return () => {
    const text = new TextDecoder().decode(Buffer.concat(chunks), { stream: total > kept });
    return total > kept ? `${text}\n[The output was cut: it has ${total} bytes, ${kept} are given.]` : text;
  };
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Every process of the group has ended.
  }
}

/** Ends what is left of a call, in whatever group it is. Only where the commands have a user of their own. */
function endUser() {
  const { userId } = settings;
  if (userId !== null)
    spawnSync('bash', ['-c', 'kill -KILL -1'], { uid: userId, gid: userId, stdio: 'ignore' });
}

function runCommand(command, { deadline, outputBytesMax, memoryMb, home, isOffline }, signal) {
  const shell =
    memoryMb === null
      ? ['bash', '-lc', command]
      : ['bash', '-c', 'ulimit -v "$0" && exec bash -lc "$1"', String(memoryMb * 1024), command];
  const [program, ...programArguments] = [...(isOffline ? withoutNetwork : []), ...shell];
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: settings.dataFolder,
      detached: true,
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...userOptions,
    });
    const stdout = collect(child.stdout, outputBytesMax);
    const stderr = collect(child.stderr, outputBytesMax);
    let isOverTime = false;
    const timer = setTimeout(
      () => {
        isOverTime = true;
        endGroup(child.pid);
      },
      Math.max(deadline - performance.now(), 0),
    );
    const abandon = () => child.pid && endGroup(child.pid);
    signal.addEventListener('abort', abandon);
    child.on('error', reject);
    child.on('exit', () => {
      endGroup(child.pid);
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, drainMs).unref();
    });
    child.on('close', (code, signalName) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      const exitCode = code ?? 128 + (constants.signals[signalName] ?? 0);
      const outcome = isOverTime ? { type: 'timeout' } : { type: 'exit', exit_code: exitCode };
      resolve({ stdout: stdout(), stderr: stderr(), outcome });
    });
  });
}

/** The commands run one after the other and share the time of the call. */
async function run(call, signal) {
  const startedAt = performance.now();
  const deadline = startedAt + call.timeoutMs;
  const home = await mkdtemp(join(tmpdir(), 'shell-'));
  try {
    await chmod(home, 0o700);
    await own(home);
    const digests = await putFiles(call.files);
    const output = [];
    for (const command of call.commands) {
      if (signal.aborted) throw new Refusal(499, 'the caller has gone');
      output.push(
        performance.now() < deadline
          ? await runCommand(command, { ...call, deadline, home }, signal)
          : { stdout: '', stderr: '', outcome: { type: 'timeout' } },
      );
    }
    endUser();
    const changes = await changesSince(digests, call.filesBytesMax);
    return { output, ...changes, duration_ms: Math.round(performance.now() - startedAt) };
  } finally {
    endUser();
    await rm(home, { recursive: true, force: true });
    await emptyData();
  }
}

let last = Promise.resolve();
let waiting = 0;

/** Runs a call when those before it have ended. */
function runInTurn(call, signal) {
  if (waiting > settings.waitingMax) throw new Refusal(503, 'too many calls wait');
  waiting += 1;
  const turn = last.then(() => run(call, signal)).finally(() => (waiting -= 1));
  last = turn.catch(() => undefined);
  return turn;
}

const server = createServer(async (request, reply) => {
  const left = new AbortController();
  reply.on('close', () => left.abort());
  const send = (status, body) =>
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.method === 'GET') return send(200, { status: 'ok', network_policies: networkPolicies });
  try {
    if (request.method !== 'POST') throw new Refusal(405, 'use POST');
    send(200, await runInTurn(await readCall(request), left.signal));
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    send(error.status ?? 500, { error: error instanceof Refusal ? error.message : 'the call failed' });
  }
});
server.listen(settings.port, settings.host, () => {
  console.log(`shell runner listens on http://${settings.host}:${server.address().port}`);
});
for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => process.exit(0));
