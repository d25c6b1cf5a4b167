import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from '../processes/command.ts';
import { fetchedProgramsFolder } from '../repository.ts';

/** A browser for the tests of pages. */
export interface Chromium {
  executablePath: string;
  /** Variables that it needs beside those of this process. */
  environment: Record<string, string>;
}

/** Debian's build of Chromium without a window system, and one font. */
const packages = ['chromium-headless-shell', 'fonts-dejavu-core'];
const folder = join(fetchedProgramsFolder, 'chromium');
const commandTimeoutMs = 300_000;

/**
 * The browser that CHROMIUM_PATH names, one of the PATH, or Debian's: its packages are unpacked below the folder of fetched programs, which needs no
 * rights of root and changes nothing on the machine. Throws where there is none and apt cannot fetch it.
 */
export async function provideChromium(): Promise<Chromium> {
  const installed = process.env.CHROMIUM_PATH ?? findInPath(['chromium-headless-shell', 'chromium']);
  if (installed) return { executablePath: installed, environment: {} };
  const unpacked = unpackedIn(folder);
  if (!existsSync(unpacked.executablePath)) await fetchPackages();
  return unpacked;
}

function findInPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((each) => join(each, name))).find((path) => existsSync(path));
}

function unpackedIn(root: string): Chromium {
  const libraries = join(
    root,
    'usr/lib',
    process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu',
  );
  return {
    executablePath: join(root, 'usr/lib/chromium/chromium-headless-shell'),
    environment: { LD_LIBRARY_PATH: [libraries, join(libraries, 'pulseaudio')].join(delimiter) },
  };
}

async function fetchPackages(): Promise<void> {
  await mkdir(fetchedProgramsFolder, { recursive: true });
  const work = await mkdtemp(join(fetchedProgramsFolder, 'chromium-'));
  try {
    const archives = join(work, 'cache/archives');
    await mkdir(join(archives, 'partial'), { recursive: true });
    await mkdir(join(work, 'state/lists/partial'), { recursive: true });
    const aptOptions = [
      `Dir::State=${join(work, 'state')}`,
      `Dir::Cache=${join(work, 'cache')}`,
      'Dir::State::status=/var/lib/dpkg/status',
      'Debug::NoLocking=1',
      'APT::Sandbox::User=',
    ].flatMap((option) => ['-o', option]);
    await run('apt-get', [...aptOptions, 'update']);
    await run('apt-get', [
      ...aptOptions,
      'install',
      '--yes',
      '--no-install-recommends',
      '--download-only',
      ...packages,
    ]);
    const root = join(work, 'root');
    for (const archive of await readdir(archives)) {
      if (archive.endsWith('.deb')) await run('dpkg-deb', ['-x', join(archives, archive), root]);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(root, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(command: string, commandArguments: string[]): Promise<void> {
  const { succeeded, output } = await runCommand(command, commandArguments, {
    workingFolder: fetchedProgramsFolder,
    environment: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: commandTimeoutMs,
    signal: new AbortController().signal,
  }).catch((error: unknown) => ({ succeeded: false, output: String(error) }));
  if (!succeeded)
    throw new Error(
      `The tests of pages need Chromium, and apt could not fetch it. Install it, or name one in CHROMIUM_PATH.\n${output.slice(-2_000)}`,
    );
}
