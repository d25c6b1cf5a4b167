export { AbortableIterator } from './abortable-iterator.ts';
export { ClaimLoop, type ClaimLoopOptions } from './claim-loop.ts';
export { every, type Repetition } from './every.ts';
export { type FreeSlots, Slots } from './slots.ts';
export { untilAborted } from './until-aborted.ts';
export { WakeUp } from './wake-up.ts';
export { WorkTime } from './work-time.ts';
