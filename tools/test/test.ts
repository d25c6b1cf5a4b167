/**
 * `npm test`: runs the specs of the parts, which need no build, then the core specs against all services in one process. At the same time it builds, and
 * after that runs the specs of the whole system, checks the types and lints. Most specs wait more than they work: what runs side by side fills
 * the processors. The last line has the counts. Arguments go to Vitest: `npm test -- libs/engine`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

const checksTimeoutMs = 20 * 60_000;
const vitestGraceMs = 8000;

const terminal = new Terminal();
const stopping = new AbortController();
const environment = {
  ...process.env,
  ...(process.env.CI && { NO_COLOR: '1' }),
  ...(terminal.coloured && { FORCE_COLOR: '1' }),
  ...quietNx,
};
let stoppedBy: NodeJS.Signals | undefined;
const vitestGroups = new Set<number>();
const specFilter = process.argv.slice(2);

const endVitest = () => {
  for (const group of vitestGroups) killGroup(group);
};
process.on('exit', endVitest);
onStopRequest({
  stop: (signal) => {
    stoppedBy = signal;
    stopping.abort();
  },
  force: endVitest,
});

const counts: Counts = { passed: 0, failed: 0 };
/** What failed in the checks, printed after the specs, at the end of the output. */
const findings: string[] = [];
const building = runChecks('building', ['build']);
await Promise.all([
  runSpecs('parts', 'the specs of the parts').then(() =>
    afterBuild(() => runSpecs('compact', 'the core specs against all services in one process')),
  ),
  afterBuild(() => runSpecs('system', 'the specs of the whole system')),
  afterBuild(() =>
    runChecks('checking the types, linting with the boundaries between projects', ['typecheck', 'lint']),
  ),
]);
if (stoppedBy) process.exit(exitCodeOf(stoppedBy));
for (const finding of findings) terminal.print(finding);
terminal.print(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);

/** Runs what needs the build, unless the build has failed. */
async function afterBuild(work: () => Promise<unknown>): Promise<void> {
  if ((await building) && !stopping.signal.aborted) await work();
}

/** Runs checks, which are targets of Nx, and returns whether they succeeded. Nx orders and parallelises them. */
async function runChecks(what: string, targets: string[]): Promise<boolean> {
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
  else {
    counts.failed++;
    findings.push(output.trim());
  }
  return succeeded;
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

/** Runs Vitest in a process group of its own, so that Ctrl-C reaches it once. Several runs print at a time, so each prints whole lines. */
function vitest(vitestArguments: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('vitest', vitestArguments, {
      cwd: repositoryRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => terminal.print(line));
    }
    const group = child.pid;
    if (group !== undefined) vitestGroups.add(group);
    const stop = () => {
      child.kill('SIGINT');
      setTimeout(endVitest, vitestGraceMs).unref();
    };
    stopping.signal.addEventListener('abort', stop);
    child.once('error', (error) => {
      terminal.print(`vitest could not be started: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code) => {
      if (group !== undefined) vitestGroups.delete(group);
      stopping.signal.removeEventListener('abort', stop);
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
