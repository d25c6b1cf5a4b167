import { readEnv } from '../config/env.ts';
import { CallerLimits } from '../limits/caller-limits.ts';
import { limitConfig, limitEnv } from '../limits/limit-config.ts';

/** The default limits of callers, with the given variables. */
export function testCallerLimits(env: NodeJS.ProcessEnv = {}): CallerLimits {
  return new CallerLimits(limitConfig(readEnv(limitEnv, env)));
}
