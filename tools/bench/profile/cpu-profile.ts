/** A CPU profile in the format of V8, as far as it is read here. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  /** The node that ran at each sample. */
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

/** A function with its own time, without that of the functions it called. */
export interface FunctionCost {
  name: string;
  /** The file and line, shortened to a distinct part. */
  place: string;
  /** Of the time that the process was not idle. */
  share: number;
}

const idle = new Set(['(idle)', '(program)', '(root)']);

/** The share of the time of a profile in which the process was not idle. */
export function busyShare({ nodes, samples, timeDeltas }: CpuProfile): number {
  const waiting = new Set(
    nodes.filter(({ callFrame }) => idle.has(callFrame.functionName)).map(({ id }) => id),
  );
  const sum = (deltas: number[]) => deltas.reduce((total, us) => total + us, 0);
  return sum(timeDeltas.filter((_, sample) => !waiting.has(samples[sample] ?? 0))) / sum(timeDeltas);
}

/** The functions with the most own time, most expensive first. Waiting does not count. */
export function dearestFunctions({ nodes, samples, timeDeltas }: CpuProfile, count: number): FunctionCost[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const costs = new Map<string, { name: string; place: string; us: number }>();
  let busyUs = 0;
  samples.forEach((id, sample) => {
    const frame = frames.get(id);
    if (!frame || idle.has(frame.functionName)) return;
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
    const place = frame.url === '' ? 'native' : `${shorten(frame.url)}:${frame.lineNumber + 1}`;
    const us = timeDeltas[sample] ?? 0;
    busyUs += us;
    const cost = costs.get(`${name} ${place}`);
    if (cost) cost.us += us;
    else costs.set(`${name} ${place}`, { name, place, us });
  });
  return [...costs.values()]
    .sort((one, other) => other.us - one.us)
    .slice(0, count)
    .map(({ name, place, us }) => ({ name, place, share: us / busyUs }));
}

/** The end of a URL, from the package or the project on; URLs of Node itself are unchanged. */
function shorten(url: string): string {
  const [, inPackage] = /^.*\/node_modules\/(.*)$/.exec(url) ?? [];
  const [, inProject] = /\/((?:apps|libs)\/.*)$/.exec(url) ?? [];
  return inPackage ?? inProject ?? url;
}
