/** The architectures whose system calls are listed here. */
export type Architecture = 'x64' | 'arm64';

export interface SystemCallFilter {
  /** A classic BPF program, as seccomp takes it. */
  program: Buffer;
  /** The places for the address of the one program that may be executed: its lower and its upper half, 4 bytes each. */
  addressOffsets: [low: number, high: number];
  prctl: number;
  execve: number;
  setrlimit: number;
}

/** The numbers of a system call on x64 and arm64; null where the architecture lacks it. */
type Numbers = readonly [x64: number | null, arm64: number | null];

const refused: Record<string, Numbers> = {
  // The network.
  ...{ socket: [41, 198], socketpair: [53, 199], connect: [42, 203], bind: [49, 200], listen: [50, 201] },
  ...{ accept: [43, 202], accept4: [288, 242], sendto: [44, 206], sendmsg: [46, 211], sendmmsg: [307, 269] },
  // Other processes.
  ...{ kill: [62, 129], tkill: [200, 130], tgkill: [234, 131], rt_sigqueueinfo: [129, 138] },
  ...{
    rt_tgsigqueueinfo: [297, 240],
    pidfd_open: [434, 434],
    pidfd_send_signal: [424, 424],
    pidfd_getfd: [438, 438],
  },
  ...{
    ptrace: [101, 117],
    process_vm_readv: [310, 270],
    process_vm_writev: [311, 271],
    setpriority: [141, 140],
  },
  ...{ fork: [57, null], vfork: [58, null], execveat: [322, 281] },
  ...{ shmget: [29, 194], shmat: [30, 196], semget: [64, 190], msgget: [68, 186], mq_open: [240, 180] },
  // Changes to files.
  ...{ creat: [85, null], unlink: [87, null], unlinkat: [263, 35], rename: [82, null], renameat: [264, 38] },
  ...{
    renameat2: [316, 276],
    link: [86, null],
    linkat: [265, 37],
    symlink: [88, null],
    symlinkat: [266, 36],
  },
  ...{ mkdir: [83, null], mkdirat: [258, 34], rmdir: [84, null], truncate: [76, 45], chmod: [90, null] },
  ...{ fchmod: [91, 52], fchmodat: [268, 53], fchmodat2: [452, 452], chown: [92, null], lchown: [94, null] },
  ...{
    fchown: [93, 55],
    fchownat: [260, 54],
    mknod: [133, null],
    mknodat: [259, 33],
    memfd_create: [319, 279],
  },
  ...{ name_to_handle_at: [303, 264], open_by_handle_at: [304, 265] },
  // The kernel.
  ...{ mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], chroot: [161, 51], unshare: [272, 97] },
  ...{ setns: [308, 268], bpf: [321, 280], perf_event_open: [298, 241], userfaultfd: [323, 282] },
  ...{ io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427] },
  ...{ init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106], kexec_load: [246, 104] },
  ...{ add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219] },
};

/** Answered with ENOSYS: their arguments are in memory, which a filter cannot read, and programs fall back to older calls. */
const absent: Record<string, Numbers> = { clone3: [435, 435], openat2: [437, 437] };

const platforms = {
  x64: {
    audit: 0xc000003e,
    place: 0,
    clone: 56,
    execve: 59,
    prctl: 157,
    setrlimit: 160,
    open: 2,
    openat: 257,
  },
  arm64: {
    audit: 0xc00000b7,
    place: 1,
    clone: 220,
    execve: 221,
    prctl: 167,
    setrlimit: 164,
    open: null,
    openat: 56,
  },
} as const;

const load = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfAnyBit = 0x45;
const give = 0x06;

const allow = 0x7fff0000;
const kill = 0x80000000;
const notPermitted = 0x00050001;
const notThere = 0x00050026;

const numberOffset = 0;
const architectureOffset = 4;
const argumentOffset = (place: number) => 16 + 8 * place;

const threadFlag = 0x10000;
const writingFlags = 0o3;
const firstForeignNumber = 0x40000000;

/**
 * The filter of a Python process. It refuses the network, other and new processes, changes to files, and the interfaces for administering the
 * kernel. Threads, memory, reading files and open descriptors remain.
 */
export function systemCallFilter(architecture: Architecture): SystemCallFilter {
  const { audit, place, clone, execve, prctl, setrlimit, open, openat } = platforms[architecture];
  const numbersOf = (calls: Record<string, Numbers>) =>
    Object.values(calls).flatMap((numbers) => numbers[place] ?? []);
  const program = new Program();
  program.add(load, architectureOffset).add(jumpIfEqual, audit, 1, 0).add(give, kill).add(load, numberOffset);
  // x64 has a second set of numbers for the same calls (x32).
  program.add(jumpIfAtLeast, firstForeignNumber, 0, 1).add(give, notPermitted);
  for (const number of numbersOf(refused)) program.add(jumpIfEqual, number, 0, 1).add(give, notPermitted);
  for (const number of numbersOf(absent)) program.add(jumpIfEqual, number, 0, 1).add(give, notThere);
  program.add(jumpIfEqual, clone, 0, 4).add(load, argumentOffset(0));
  program.add(jumpIfAnyBit, threadFlag, 0, 1).add(give, allow).add(give, notPermitted);
  for (const [number, flags] of [[open, 1] as const, [openat, 2] as const]) {
    if (number === null) continue;
    program.add(jumpIfEqual, number, 0, 4).add(load, argumentOffset(flags));
    program.add(jumpIfAnyBit, writingFlags, 1, 0).add(give, allow).add(give, notPermitted);
  }
  // Only execve with the path at this one address, in the memory of the launcher. No program has its path there afterwards.
  program.add(jumpIfEqual, execve, 0, 6).add(load, argumentOffset(0));
  const low = program.add(jumpIfEqual, 0, 0, 3).lastOperand;
  program.add(load, argumentOffset(0) + 4);
  const high = program.add(jumpIfEqual, 0, 0, 1).lastOperand;
  program.add(give, allow).add(give, notPermitted);
  program.add(give, allow);
  return { program: program.bytes, addressOffsets: [low, high], prctl, execve, setrlimit };
}

class Program {
  private readonly instructions: Buffer[] = [];

  add(code: number, operand: number, ifTrue = 0, ifFalse = 0): this {
    const instruction = Buffer.alloc(8);
    instruction.writeUInt16LE(code, 0);
    instruction.writeUInt8(ifTrue, 2);
    instruction.writeUInt8(ifFalse, 3);
    instruction.writeUInt32LE(operand, 4);
    this.instructions.push(instruction);
    return this;
  }

  get lastOperand(): number {
    return this.instructions.length * 8 - 4;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.instructions);
  }
}
