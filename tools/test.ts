/**
 * `npm test`: lint with the boundaries, build, types, and if they are right every spec; else what was wrong with them.
 * The last line is the counts. Arguments go to Vitest: `npm test -- libs/engine`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietNx } from './local-stack/build.ts';
import { runCommand } from './local-stack/command.ts';
import { killGroup } from './local-stack/process-table.ts';
import { repositoryRoot } from './local-stack/repository.ts';
import { exitCodeOf, onStopRequest } from './local-stack/stop-requests.ts';
import { Terminal } from './local-stack/terminal.ts';

interface Counts {
  passed: number;
  failed: number;
}

const checks = {
  what: 'linting with the boundaries between projects, building, checking the types',
  command: ['run-many', '-t', 'lint', 'build', 'typecheck'],
};
const checksTimeoutMs = 20 * 60_000;
const vitestGraceMs = 8000;

const terminal = new Terminal();
const stopping = new AbortController();
const environment = { ...process.env, ...(process.env.CI && { NO_COLOR: '1' }), ...quietNx };
let stoppedBy: NodeJS.Signals | undefined;
let vitestGroup: number | undefined;

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
if (await runChecks()) await runSpecs();
if (stoppedBy) process.exit(exitCodeOf(stoppedBy));
terminal.print(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);

/** Nx knows what needs what, and does the rest at the same time. */
async function runChecks(): Promise<boolean> {
  try {
    await terminal.step(checks.what, async () => {
      const options = {
        workingFolder: repositoryRoot,
        environment,
        timeoutMs: checksTimeoutMs,
        signal: stopping.signal,
      };
      const { succeeded, output } = await runCommand('nx', checks.command, options);
      if (!succeeded) throw new Error(output.trim());
    });
    counts.passed++;
    return true;
  } catch (error) {
    if (stoppedBy) return false;
    terminal.print(error instanceof Error ? error.message : String(error));
    counts.failed++;
    return false;
  }
}

async function runSpecs(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-results-'));
  const results = join(folder, 'results.json');
  try {
    terminal.print('… running the specs');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const exitCode = await vitest(['run', ...reporters, ...process.argv.slice(2)]);
    const outcome = countTests(results);
    counts.passed += outcome.passed;
    // A run can fail without a failed test: an error outside of tests, or no results at all.
    counts.failed += exitCode !== 0 && outcome.failed === 0 ? 1 : outcome.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs Vitest in a group of its own, so that Ctrl-C reaches it once and not once through everybody above it. */
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

/** Counts single tests; a file that could not even be loaded has none and counts as one failure. */
function countTests(path: string): Counts {
  let report: unknown;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  // The shape is Vitest's own JSON report of the version that the lockfile pins.
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
