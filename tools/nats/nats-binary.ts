import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runCommand } from '../processes/command.ts';
import { UserError } from '../user-error.ts';

export interface NatsBinarySearch {
  environment: NodeJS.ProcessEnv;
  /** Caches a downloaded server. */
  cacheFolder: string;
  signal: AbortSignal;
}

const versionMin = [2, 9] as const;
const versionTimeoutMs = 10_000;
const packageTimeoutMs = 180_000;
const downloadTimeoutMs = 120_000;

/** The release to download, with the checksums that the Docker official image of this version uses. */
const release = {
  version: '2.12.4',
  sha256: {
    'linux-x64': '92388f2e4aa1e6dea402eb173cbdb1fcb1df9a9c899cb807b91ddbb45c131b65',
    'linux-arm64': '44a6ff34eff7e8d0e1409dbac0b733cff7ecbb4f19388a4d0d3d6085d899f017',
  } as Record<string, string | undefined>,
};

/**
 * Finds a nats-server: NATS_SERVER_BIN, the PATH, an earlier download, the Debian package unpacked without installing it, or a release of
 * the NATS project, in this order.
 */
export async function findNatsServer(search: NatsBinarySearch): Promise<string> {
  const { environment, cacheFolder, signal } = search;
  const named = environment.NATS_SERVER_BIN;
  if (named !== undefined && named !== '') {
    if (await isUsable(named, signal)) return named;
    throw new UserError(
      `NATS_SERVER_BIN names ${named}, which is not a nats-server ${versionMin.join('.')} or newer that can be run.`,
    );
  }
  const cached = join(cacheFolder, 'nats-server');
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const candidate of [...folders.map((folder) => join(folder, 'nats-server')), cached]) {
    if (await isUsable(candidate, signal)) return candidate;
  }

  const failures: string[] = [];
  for (const fetchServer of [fetchDebianPackage, fetchRelease]) {
    const folder = await mkdtemp(join(tmpdir(), 'antiphon-nats-'));
    try {
      const binary = await fetchServer(folder, signal);
      await chmod(binary, 0o755);
      if (!(await isUsable(binary, signal)))
        throw new Error('the downloaded program does not run on this machine');
      await mkdir(cacheFolder, { recursive: true });
      await moveInto(binary, cached);
      return cached;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(
        `  ${fetchServer === fetchDebianPackage ? 'Debian package' : 'release'}: ${messageOf(error)}`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new UserError(
    [
      'No nats-server was found and none could be downloaded.',
      ...failures,
      'Any one of these helps:',
      '  install it (apt install nats-server, brew install nats-server, https://nats.io/download)',
      '  NATS_SERVER_BIN=/path/to/nats-server npm start',
      '  NATS_URL=nats://host:4222 npm start   (a running server with JetStream)',
    ].join('\n'),
  );
}

/**
 * Unpacks Debian's package, which apt verifies by its signature, without root. It tries the system's package lists first; on a fresh
 * machine they are empty, and only root may update them, so it then downloads lists of its own.
 */
async function fetchDebianPackage(folder: string, signal: AbortSignal): Promise<string> {
  if (process.platform !== 'linux') throw new Error('not a Debian system');
  const environment = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (aptArguments: string[]) =>
    runCommand('apt-get', [...aptOptions, ...aptArguments], {
      workingFolder: folder,
      environment,
      timeoutMs: packageTimeoutMs,
      signal,
    });
  const deb = async () => (await readdir(folder)).find((file) => file.endsWith('.deb'));

  await apt(['download', 'nats-server']);
  let file = await deb();
  if (file === undefined) {
    const privateState = [
      ...['-o', `Dir::State=${join(folder, 'state')}`],
      ...['-o', `Dir::State::lists=${join(folder, 'lists')}`],
      ...['-o', `Dir::Cache=${join(folder, 'cache')}`],
    ];
    for (const part of ['state', 'lists/partial', 'cache/archives/partial']) {
      await mkdir(join(folder, part), { recursive: true });
    }
    // One unreachable source fails the update, although the lists of the others may be sufficient.
    const update = await apt([...privateState, 'update']);
    const download = await apt([...privateState, 'download', 'nats-server']);
    file = await deb();
    if (file === undefined) throw new Error(lastLine(download.output) || lastLine(update.output));
  }
  const options = { workingFolder: folder, environment, timeoutMs: packageTimeoutMs, signal };
  const unpacking = await runCommand('dpkg', ['-x', file, 'unpacked'], options);
  if (!unpacking.succeeded) throw new Error(lastLine(unpacking.output));
  for (const path of ['unpacked/usr/sbin/nats-server', 'unpacked/usr/bin/nats-server']) {
    const binary = join(folder, path);
    if (await isExecutable(binary)) return binary;
  }
  throw new Error('the package has no nats-server');
}

const aptOptions = [
  ...['-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'],
  ...['-o', 'Acquire::Languages=none', '-o', 'Debug::NoLocking=1'],
  // Otherwise apt, run by root, switches to a user who cannot enter this folder.
  ...['-o', 'APT::Sandbox::User=root'],
];

async function fetchRelease(folder: string, signal: AbortSignal): Promise<string> {
  const checksum = release.sha256[`${process.platform}-${process.arch}`];
  if (checksum === undefined) throw new Error(`no checksum is known for ${process.platform} ${process.arch}`);
  const name = `nats-server-v${release.version}-linux-${process.arch === 'x64' ? 'amd64' : 'arm64'}`;
  const address = `https://github.com/nats-io/nats-server/releases/download/v${release.version}/${name}.tar.gz`;
  const response = await fetch(address, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(downloadTimeoutMs)]),
  });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const archive = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== checksum)
    throw new Error(`${address} has the checksum ${found}, not ${checksum}: it is not used`);
  await writeFile(join(folder, 'archive.tar.gz'), archive);
  const unpacking = await runCommand('tar', ['-xzf', 'archive.tar.gz'], {
    workingFolder: folder,
    timeoutMs: downloadTimeoutMs,
    signal,
  });
  if (!unpacking.succeeded) throw new Error(lastLine(unpacking.output));
  return join(folder, name, 'nats-server');
}

/** Copies to a temporary name first, so that a concurrent run never sees half a file. */
async function moveInto(binary: string, destination: string): Promise<void> {
  const unfinished = `${destination}.${process.pid}`;
  await copyFile(binary, unfinished);
  await chmod(unfinished, 0o755);
  await rename(unfinished, destination);
}

async function isUsable(path: string, signal: AbortSignal): Promise<boolean> {
  if (!(await isExecutable(path))) return false;
  try {
    const asked = await runCommand(path, ['--version'], {
      workingFolder: '/',
      timeoutMs: versionTimeoutMs,
      signal,
    });
    const [, major, minor] = /v(\d+)\.(\d+)/.exec(asked.output) ?? [];
    if (!asked.succeeded || major === undefined || minor === undefined) return false;
    return (
      Number(major) > versionMin[0] || (Number(major) === versionMin[0] && Number(minor) >= versionMin[1])
    );
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
