/**
 * `npm test`: builds and checks types, and at the same time runs the specs of the parts, which need no build. If these checks pass, it runs the specs of
 * the whole system, which wait more than they work, and lints at the same time; then the core of them against all services in one process. The last
 * line has the counts. Arguments go to Vitest: `npm test -- libs/engine`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../processes/command.ts';
import { killGroup } from '../processes/process-table.ts';
import { repositoryRoot } from '../repository.ts';
import { quietNx } from './quiet-nx.ts';
import { exitCodeOf, onStopRequest } from '../processes/stop-requests.ts';
import { Terminal } from '../log/terminal.ts';

interface Counts {
  passed: number;
  failed: number;
}

interface Checks {
  what: string;
  /** Nx targets. */
  targets: string[];
}

const building: Checks = { what: 'building, checking the types', targets: ['build', 'typecheck'] };
const linting: Checks = { what: 'linting with the boundaries between projects', targets: ['lint'] };
const checksTimeoutMs = 20 * 60_000;
const vitestGraceMs = 8000;

const terminal = new Terminal();
const stopping = new AbortController();
const environment = { ...process.env, ...(process.env.CI && { NO_COLOR: '1' }), ...quietNx };
let stoppedBy: NodeJS.Signals | undefined;
let vitestGroup: number | undefined;
const specFilter = process.argv.slice(2);

const endVitest = () => vitestGroup !== undefined && killGroup(vitestGroup);
process.on('exit', endVitest);
onStopRequest({
  stop: (signal) => {
    stoppedBy = signal;
    stopping.abort();
  },
  force: endVitest,
});

const counts: Counts = { passed: 0, failed: 0 };
const [fault] = await Promise.all([runChecks(building), runSpecs('parts', 'the specs of the parts')]);
if (stoppedBy) process.exit(exitCodeOf(stoppedBy));
// Faults are printed after the specs, at the end of the output.
if (fault !== null) terminal.print(fault);
else {
  const [finding] = await Promise.all([
    runChecks(linting),
    runSpecs('system', 'the specs of the whole system'),
  ]);
  await runSpecs('compact', 'the core specs against all services in one process');
  if (finding !== null) terminal.print(finding);
}
if (stoppedBy) process.exit(exitCodeOf(stoppedBy));
terminal.print(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);

/** Runs the checks; returns their output if they fail, otherwise null. Nx orders and parallelises them. */
async function runChecks({ what, targets }: Checks): Promise<string | null> {
  const startedAt = performance.now();
  terminal.print(`… ${what}`);
  const { succeeded, output } = await runCommand('nx', ['run-many', '-t', ...targets], {
    workingFolder: repositoryRoot,
    environment,
    timeoutMs: checksTimeoutMs,
    signal: stopping.signal,
  }).catch((error: unknown) => ({ succeeded: false, output: String(error) }));
  terminal.print(
    `${succeeded ? '✓' : '✗'} ${what} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`,
  );
  if (succeeded) counts.passed++;
  else counts.failed++;
  return succeeded ? null : output.trim();
}

/** Runs the specs of one Vitest project. A filter may match none of them. */
async function runSpecs(project: string, what: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-results-'));
  const results = join(folder, 'results.json');
  try {
    terminal.print(`… running ${what}`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const exitCode = await vitest([
      'run',
      `--project=${project}`,
      '--passWithNoTests',
      ...reporters,
      ...specFilter,
    ]);
    const outcome = countTests(results);
    counts.passed += outcome.passed;
    // A run can fail without a failed test: by an error outside of tests, or without results.
    counts.failed += exitCode !== 0 && outcome.failed === 0 ? 1 : outcome.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs Vitest in a process group of its own, so that Ctrl-C reaches it once. */
function vitest(vitestArguments: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('vitest', vitestArguments, {
      cwd: repositoryRoot,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    vitestGroup = child.pid;
    stopping.signal.addEventListener('abort', () => {
      child.kill('SIGINT');
      setTimeout(endVitest, vitestGraceMs).unref();
    });
    child.once('error', (error) => {
      terminal.print(`vitest could not be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => {
      vitestGroup = undefined;
      resolve(code ?? 1);
    });
  });
}

/** Counts single tests; a file that fails to load has none and counts as one failure. */
function countTests(path: string): Counts {
  let report: unknown;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  // The JSON report of the Vitest version in the lockfile.
  const { numPassedTests, numFailedTests, testResults } = report as {
    numPassedTests: number;
    numFailedTests: number;
    testResults: { status: string; assertionResults: unknown[] }[];
  };
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}
