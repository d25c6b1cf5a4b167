import { AppError } from '@antiphon/contracts';
import pLimit, { type LimitFunction } from 'p-limit';
import type { PythonProcess } from './process/python-process.ts';
import { type PythonAnswer, type PythonCall, sessionKey } from './python-runner.ts';

export interface SessionLimits {
  sessionsMax: number;
  sessionsPerCallerMax: number;
  /** How long an unused session is kept. */
  sessionIdleMs: number;
}

/** Gives an interpreter with this much memory in MB; null: as much as any. */
type TakeProcess = (memoryMb: number | null, signal: AbortSignal) => Promise<PythonProcess>;

interface Session {
  owner: string;
  /** One call at a time. */
  turn: LimitFunction;
  process: PythonProcess | null;
  idle: NodeJS.Timeout | null;
  /** The answer to the last call, for another attempt of the same call. */
  last: { idempotencyKey: string; answer: PythonAnswer } | null;
}

/** Interpreters that keep their state between the calls of one caller. */
export class PythonSessions {
  /** In the order of their last use. */
  private readonly sessions = new Map<string, Session>();
  private readonly limits: SessionLimits;
  private readonly takeProcess: TakeProcess;

  constructor(limits: SessionLimits, takeProcess: TakeProcess) {
    this.limits = limits;
    this.takeProcess = takeProcess;
  }

  /**
   * Runs a call in its session, after earlier calls. Another attempt of the last call gets its answer. Throws `unavailable` when no further
   * session may be opened.
   */
  async run(
    call: PythonCall & { sessionId: string },
    runIn: (process: PythonProcess) => Promise<PythonAnswer>,
    signal: AbortSignal,
  ): Promise<PythonAnswer> {
    const key = sessionKey(call.caller, call.sessionId);
    const session = this.open(key, sessionKey(call.caller, ''));
    return session.turn(async () => {
      signal.throwIfAborted();
      const { idempotencyKey } = call;
      if (session.last?.idempotencyKey === idempotencyKey) return session.last.answer;
      try {
        session.process ??= await this.takeProcess(call.memoryMb, signal);
        const answer = await runIn(session.process);
        session.last = { idempotencyKey, answer };
        return answer;
      } finally {
        this.rest(key, session);
      }
    });
  }

  close(): void {
    for (const [key, session] of this.sessions) this.end(key, session);
  }

  private open(key: string, owner: string): Session {
    const session = this.sessions.get(key) ?? this.make(owner);
    if (session.idle) clearTimeout(session.idle);
    session.idle = null;
    this.sessions.delete(key);
    this.sessions.set(key, session);
    return session;
  }

  /** A caller's new session may end that caller's oldest one, never another's. */
  private make(owner: string): Session {
    const { sessionsMax, sessionsPerCallerMax } = this.limits;
    const own = [...this.sessions].filter(([, session]) => session.owner === owner);
    if (own.length >= sessionsPerCallerMax || (own.length > 0 && this.sessions.size >= sessionsMax)) {
      const unused = own.find(([, session]) => session.idle !== null);
      if (unused) this.end(...unused);
      else throw tooMany();
    }
    if (this.sessions.size >= sessionsMax) throw tooMany();
    return { owner, turn: pLimit(1), process: null, idle: null, last: null };
  }

  /** Ends a session whose interpreter has ended; starts the idle time of one without further calls. */
  private rest(key: string, session: Session): void {
    if (session.turn.pendingCount > 0) {
      if (session.process && !session.process.isAlive) session.process = null;
      return;
    }
    if (!session.process?.isAlive) this.end(key, session);
    else session.idle = setTimeout(() => this.end(key, session), this.limits.sessionIdleMs).unref();
  }

  private end(key: string, session: Session): void {
    if (session.idle) clearTimeout(session.idle);
    if (this.sessions.get(key) === session) this.sessions.delete(key);
    session.process?.end();
  }
}

function tooMany(): AppError {
  return new AppError('unavailable', 'too many sessions are open; run the code without session_id, or later');
}
