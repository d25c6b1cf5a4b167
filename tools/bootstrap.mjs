/**
 * The way in for `npm start`, `stop`, `reset`, `admin`, `test` and `npm run bench`: installs what the lockfile asks for, then hands over to
 * `tools/<command>.ts` under the Node that the lockfile brings. Plain JavaScript without dependencies, because it
 * runs before any are there and under whichever Node (>= 20.19) the machine has.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeModules = join(root, 'node_modules');
const nodeMajorMin = 24;
const parentCheckMs = 250;
const npmGraceMs = 2000;
const commands = ['start', 'stop', 'reset', 'admin', 'test', 'bench'];

const [command, ...commandArguments] = process.argv.slice(2);
if (!commands.includes(command)) fail(`usage: node tools/bootstrap.mjs ${commands.join('|')} [arguments]`);

// Stopping and deleting need no packages, and must not change them under a stack that still runs.
const needsPackages = ['start', 'test', 'bench'].includes(command);
if (needsPackages ? !isInstalled() : findNode() === undefined) await install();
// npm puts this folder in front of the PATH only for scripts that it starts itself.
process.env.PATH = `${join(nodeModules, '.bin')}${delimiter}${process.env.PATH ?? ''}`;
const outcome = await run(findNode() ?? failWithoutNode(), [
  join(root, 'tools', `${command}.ts`),
  ...commandArguments,
]);
process.exit(outcome);

/**
 * Does node_modules hold what the lockfile asks for? npm writes `node_modules/.package-lock.json` as the last act of
 * an install. Comparing it with the lockfile by content, not by time, survives checkouts and copied trees, and an
 * install that was interrupted has not written it.
 */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(nodeModules, '.package-lock.json'));
  if (wanted === undefined) fail('package-lock.json is missing or damaged: this is not a complete clone.');
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, link, optional, peer, devOptional }]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return Boolean(optional || devOptional || peer);
    return found.version === version && found.integrity === integrity && found.link === link;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install() {
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  const inPlace = Boolean(process.stdout.isTTY) && !process.env.CI;
  process.stdout.write(inPlace ? '' : '… installing packages\n');
  const timer = setInterval(
    () =>
      process.stdout.write(
        inPlace ? `\r… installing packages ${seconds()}` : `… still installing packages (${seconds()})\n`,
      ),
    inPlace ? 200 : 10_000,
  );
  // Left to itself, NODE_ENV=production or an npm setting would leave out the compiler and the database.
  const npmArguments = [
    'ci',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--include=dev',
    '--include=optional',
  ];
  const npm = process.env.npm_execpath;
  const [file, prefix] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // Interrupted, npm first finishes and then undoes what it does, which takes as long as an install. What it leaves
  // when it is ended is no install, and the next start begins again.
  const exitCode = await run(file, [...prefix, ...npmArguments], {
    stdout: 'ignore',
    killAfterMs: npmGraceMs,
  });
  clearInterval(timer);
  process.stdout.write(inPlace ? '\r\x1b[K' : '');
  if (exitCode > 128) {
    console.log('Stopped.');
    process.exit(exitCode);
  }
  if (exitCode !== 0) fail('npm ci failed, as said above. With a connection to the npm registry, try again.');
  console.log(`✓ packages installed (${seconds()})`);
}

/** The Node of the lockfile; on machines it has none for (macOS), the one that runs this file, if it is new enough. */
function findNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const fromLockfile = join(nodeModules, `node-${platform}-${process.arch}`, 'bin', file);
  if (existsSync(fromLockfile)) return fromLockfile;
  return Number(process.versions.node.split('.')[0]) >= nodeMajorMin ? process.execPath : undefined;
}

function failWithoutNode() {
  return fail(
    `Node ${nodeMajorMin} or newer is needed, this is ${process.version}. npm brings one for Linux and Windows; ` +
      `here, install it from https://nodejs.org (or: brew install node@${nodeMajorMin}) and try again.`,
  );
}

/**
 * Runs a program on this terminal, passes signals on to it, and resolves to the exit code to leave with: after a
 * signal, the one that stands for it, unless the program knows better.
 */
function run(file, programArguments, { stdout = 'inherit', killAfterMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, programArguments, {
      cwd: root,
      stdio: ['inherit', stdout, 'inherit'],
      shell: process.platform === 'win32' && file === 'npm',
    });
    let killedFor;
    // Ctrl-C reaches the child through the terminal as well; the scripts take signals that arrive together as one.
    const forward = (signal) => {
      child.kill(signal);
      if (killAfterMs === undefined || killedFor !== undefined) return;
      killedFor = signal;
      setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    // A signal to npm alone ends the shell between npm and this process, and goes no further.
    const parent = process.ppid;
    const isNpmScript = process.env.npm_lifecycle_script?.includes('tools/bootstrap.mjs') ?? false;
    const timer = setInterval(() => {
      if (!isNpmScript || process.ppid === parent) return;
      clearInterval(timer);
      forward('SIGTERM');
    }, parentCheckMs);
    const settle = (exitCode) => {
      clearInterval(timer);
      for (const signal of signals) process.off(signal, forward);
      resolve(exitCode);
    };
    child.on('error', (error) => {
      console.error(`${file} could not be started: ${error.message}`);
      settle(127);
    });
    child.on('exit', (code, signal) => {
      const endedBy = killedFor ?? signal;
      settle(endedBy ? 128 + constants.signals[endedBy] : code);
    });
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
