/**
 * Entry point of `npm start`, `stop`, `reset`, `admin`, `test` and `bench`: installs the packages of the lockfile, then runs the command's
 * script with the Node that the lockfile brings. It is plain JavaScript without dependencies, because it runs before any are installed, under
 * any Node from 20.19 on.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeModules = join(root, 'node_modules');
const nodeMajorMin = 24;
const parentCheckMs = 250;
const npmGraceMs = 2000;
/** Names the process that installs packages, so that a second command of this clone waits for it. */
const installingFile = join(root, '.local/installing.pid');
const installingPollMs = 200;
/** A longer install is a dead one whose process id now belongs to another process. */
const installingMaxMs = 15 * 60_000;
const scripts = {
  start: 'tools/start/start.ts',
  stop: 'tools/start/stop.ts',
  reset: 'tools/start/reset.ts',
  admin: 'tools/admin.ts',
  test: 'tools/test/test.ts',
  bench: 'tools/bench/bench.ts',
};

const [command, ...commandArguments] = process.argv.slice(2);
if (!Object.hasOwn(scripts, command))
  fail(`usage: node tools/bootstrap.mjs ${Object.keys(scripts).join('|')} [arguments]`);

// Stop and reset need no packages, and must not change them under a running stack.
const needsPackages = ['start', 'test', 'bench'].includes(command);
const wanted = readPackages(join(root, 'package-lock.json'));
if (wanted === undefined) fail('package-lock.json is missing or damaged: this is not a complete clone.');
let installed = readPackages(join(nodeModules, '.package-lock.json'));
let withTests = command === 'test' || hasTestPackages();
if (lacksPackages()) await alone(install);
// npm adds this folder to the PATH only for the scripts that it starts itself.
process.env.PATH = `${join(nodeModules, '.bin')}${delimiter}${process.env.PATH ?? ''}`;
// Node keeps the compiled scripts, so that the next start does not translate them again.
if (command !== 'test') process.env.NODE_COMPILE_CACHE ??= join(nodeModules, '.cache/antiphon/compiled');
const node = findNode() ?? failWithoutNode();
// V8 would keep 16 MB as room for new objects, of which a script that passes log lines on has few.
const scriptFlags = command === 'start' ? ['--max-semi-space-size=1'] : [];
const programArguments = [join(root, scripts[command]), ...commandArguments];
if (command === 'start' && process.execve && process.platform !== 'win32') {
  // A stack may run for days: this process becomes the script instead of waiting for it.
  process.chdir(root);
  process.execve(node, [node, ...scriptFlags, ...programArguments], process.env);
}
process.exit(await run(node, [...scriptFlags, ...programArguments]));

function lacksPackages() {
  return needsPackages ? !isInstalled({ withTests }) : findNode() === undefined;
}

/** Runs the install while no other command of this clone installs; not at all where another one has installed meanwhile. */
async function alone(work) {
  mkdirSync(dirname(installingFile), { recursive: true });
  for (let waited = false; !(await claimInstall()); waited = true) {
    if (!waited)
      console.log(`… waiting for process ${readFileOr(installingFile, '')}, which installs the packages`);
    await delay(installingPollMs);
  }
  process.on('exit', () => {
    if (isOwnInstall()) rmSync(installingFile, { force: true });
  });
  installed = readPackages(join(nodeModules, '.package-lock.json'));
  withTests = command === 'test' || hasTestPackages();
  if (lacksPackages()) await work();
  rmSync(installingFile, { force: true });
}

/** Returns whether this process may install. The file of an ended process is replaced, and read again in case two replace it. */
async function claimInstall() {
  try {
    writeFileSync(installingFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isInstalling(Number(readFileOr(installingFile, '')))) return false;
  const own = `${installingFile}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  renameSync(own, installingFile);
  await delay(installingPollMs);
  return isOwnInstall();
}

function isInstalling(pid) {
  const startedAtMs = statSync(installingFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - startedAtMs > installingMaxMs) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function isOwnInstall() {
  return readFileOr(installingFile, '') === String(process.pid);
}

function readFileOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}

/**
 * Returns whether node_modules has the packages of the lockfile, with or without those that only tests need. npm writes
 * `node_modules/.package-lock.json` as the last step of an install. Comparing contents instead of times works for fresh checkouts and
 * copied trees, and an interrupted install has not written the file.
 */
function isInstalled({ withTests }) {
  if (installed === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, integrity, link, dev, optional, peer, devOptional }]) => {
      if (!path.startsWith('node_modules/') || (dev && !withTests)) return true;
      const found = installed[path];
      if (found === undefined) return Boolean(optional || devOptional || peer);
      return found.version === version && found.integrity === integrity && found.link === link;
    },
  );
}

/** Returns whether an earlier `npm test` installed its packages: then a later install keeps them. */
function hasTestPackages() {
  return Object.entries(wanted).some(
    ([path, { dev, optional }]) => dev && !optional && installed?.[path] !== undefined,
  );
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
  // `npm ci` begins with an empty node_modules. Where only the packages of the tests are missing, `npm install` leaves the others in
  // place, because a running stack uses them.
  const npmCommand = isInstalled({ withTests: false }) ? ['install', '--no-save'] : ['ci'];
  // NODE_ENV=production or an npm setting must not decide what is installed.
  const npmArguments = [
    ...npmCommand,
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--include=optional',
    withTests ? '--include=dev' : '--omit=dev',
  ];
  const npm = process.env.npm_execpath;
  const [file, prefix] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // An interrupted npm first finishes and then undoes its work, which takes as long as an install. Killing it leaves no complete install,
  // so the next start installs again.
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
  if (exitCode !== 0) fail('npm failed, see above. With a connection to the npm registry, try again.');
  console.log(`✓ packages installed (${seconds()})`);
}

/** Returns the Node of the lockfile, or where it has none (macOS) the running Node if it is new enough. */
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
 * Runs a program on this terminal, forwards signals to it, and resolves to the exit code: that of the program, or after a signal the code
 * that stands for the signal.
 */
function run(file, programArguments, { stdout = 'inherit', killAfterMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, programArguments, {
      cwd: root,
      stdio: ['inherit', stdout, 'inherit'],
      shell: process.platform === 'win32' && file === 'npm',
    });
    let killedFor;
    // Ctrl-C also reaches the child through the terminal; the scripts count signals that arrive together as one.
    const forward = (signal) => {
      child.kill(signal);
      if (killAfterMs === undefined || killedFor !== undefined) return;
      killedFor = signal;
      setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    // A signal sent to npm ends only the shell between npm and this process.
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
