import { execFile, type ExecFileException } from 'node:child_process';
import { arch, platform } from 'node:process';
import { promisify } from 'node:util';
import { AppError } from '@antiphon/contracts';
import { systemCallFilter } from './system-call-filter.ts';

/** Makes a command that runs the given one under the system call filter. */
export type Launcher = (command: readonly string[]) => [file: string, ...args: string[]];

/** Every Debian and Ubuntu has Perl, and it can make system calls, which Node cannot. */
const perl = '/usr/bin/perl';

/*
 * Closes inherited descriptors besides the standard streams (436), switches core dumps off (4), ends with its parent (1, SIGKILL), never gains
 * privileges (38), installs the filter (22, 2) and becomes the command, which gets no environment. The numbers and the program come from
 * systemCallFilter.
 */
const script = `
my ($prctl, $execve, $setrlimit, $low, $high, $program, @command) = @ARGV;
my $filter = pack('H*', $program);
my @texts = map { "$_\\0" } @command;
my $path = "$command[0]\\0"; # not a copy: a copy would move when it is used
my $address = unpack('Q', pack('p', $path));
substr($filter, $low, 4, pack('L', $address & 0xffffffff));
substr($filter, $high, 4, pack('L', $address >> 32));
my $arguments = pack('p' x @texts, @texts) . pack('Q', 0);
my $environment = pack('Q', 0);
my $nothing = pack('Q2', 0, 0);
my $header = pack('S x6 p', length($filter) / 8, $filter);
syscall(436, 3, 0xffffffff, 0);
syscall($setrlimit + 0, 4, $nothing) == 0 or exit 75;
syscall($prctl + 0, 1, 9, 0, 0, 0) == 0 or exit 71;
syscall($prctl + 0, 38, 1, 0, 0, 0) == 0 or exit 72;
syscall($prctl + 0, 22, 2, $header, 0, 0) == 0 or exit 73;
syscall($execve + 0, $path, $arguments, $environment);
exit 74;
`;

/**
 * The launcher where this machine supports it (Linux on x64 or arm64, with Perl), null elsewhere. Throws `unavailable` where the check takes too
 * long: a busy machine must not run Python without the filter.
 */
export async function findLauncher(timeoutMs: number): Promise<Launcher | null> {
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) return null;
  const { program, addressOffsets, prctl, execve, setrlimit } = systemCallFilter(arch);
  const numbers = [prctl, execve, setrlimit, ...addressOffsets].map(String);
  const launcher: Launcher = (command) => [
    perl,
    '-e',
    script,
    ...numbers,
    program.toString('hex'),
    ...command,
  ];
  return (await isConfining(launcher, timeoutMs)) ? launcher : null;
}

/** Under the filter a signal to another process is refused with EPERM. Any other outcome means that the filter does not work here. */
async function isConfining(launcher: Launcher, timeoutMs: number): Promise<boolean> {
  const attempt = `try { process.kill(${process.pid}, 0) } catch (error) { process.stdout.write(error.code) }`;
  const [file, ...args] = launcher([process.execPath, '-e', attempt]);
  const run = promisify(execFile)(file, args, { env: {}, timeout: timeoutMs });
  const { stdout } = await run.catch((cause: ExecFileException) => {
    if (cause.killed) throw new AppError('unavailable', 'Python did not start', { cause });
    return { stdout: '' };
  });
  return stdout === 'EPERM';
}
