import { styleText } from 'node:util';

export interface LogLine {
  /** Pino's numbers: 30 is info, 40 a warning, 50 an error. */
  level: number;
  text: string;
}

export const infoLevel = 30;
export const warnLevel = 40;
export const errorLevel = 50;

const levelNames: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const nameWidth = 13;
const valueLengthMax = 200;
const notShown = new Set(['level', 'time', 'name', 'msg', 'pid', 'hostname', 'v', 'err', 'error']);

/**
 * Renders one line of a service's log: time, service, level, message, and the other fields as key=value. A line that pino did not write
 * (a crash of Node, a stray print) stays unchanged.
 */
export function renderLogLine(app: string, line: string, { coloured = false } = {}): LogLine {
  const record = parseRecord(line);
  const who = app.padEnd(nameWidth);
  if (record === undefined) {
    return { level: infoLevel, text: `${clock(new Date())} ${paint(coloured, 'cyan', who)} ${line}` };
  }
  const level = levelOf(record.level);
  const name = (levelNames[level] ?? String(level)).padEnd(5);
  const colour = level >= errorLevel ? 'red' : level >= warnLevel ? 'yellow' : 'dim';
  const time = clock(
    typeof record.time === 'number' || typeof record.time === 'string' ? new Date(record.time) : new Date(),
  );
  const details = Object.entries(record)
    .filter(([key, value]) => !notShown.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${brief(value)}`);
  const message = typeof record.msg === 'string' ? record.msg : '';
  const words = [
    time,
    paint(coloured, 'cyan', who),
    paint(coloured, colour, name),
    message,
    paint(coloured, 'dim', details.join(' ')),
  ];
  return { level, text: words.filter((word) => word !== '').join(' ') + problem(record.err ?? record.error) };
}

/** Returns the level of a service's line from its beginning, without parsing it: pino writes the level first. */
export function levelOfLine(line: string): number {
  if (!line.startsWith(levelBeginning)) return infoLevel;
  return levelOf(line.slice(levelBeginning.length, line.indexOf('"', levelBeginning.length)));
}

const levelBeginning = '{"level":"';

/** Returns whether a line of PostgreSQL or NATS reports that the server ends or is damaged; the terminal shows no others. */
export function isServerAlarm(line: string): boolean {
  return /\bPANIC:|\[(ERR|FTL)\]/.test(line);
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Pino writes levels as numbers, or as names if it is configured so. */
function levelOf(value: unknown): number {
  if (typeof value === 'number') return value;
  const named = Object.entries(levelNames).find(([, name]) => name === value);
  return named ? Number(named[0]) : infoLevel;
}

function clock(time: Date): string {
  return Number.isNaN(time.getTime()) ? '--:--:--' : time.toTimeString().slice(0, 8);
}

function brief(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text;
}

function problem(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return ` ${brief(value)}`;
  const { message, stack, cause } = value as Record<string, unknown>;
  const description =
    typeof stack === 'string' ? stack : typeof message === 'string' ? message : JSON.stringify(value);
  const indented = `\n${description}`.replaceAll('\n', '\n          ');
  return cause === undefined ? indented : `${indented}\n          cause:${problem(cause)}`;
}

function paint(coloured: boolean, colour: 'cyan' | 'red' | 'yellow' | 'dim', text: string): string {
  return coloured && text !== '' ? styleText(colour, text, { validateStream: false }) : text;
}
