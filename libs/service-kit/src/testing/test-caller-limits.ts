import { readEnv } from '../config/env.ts';
import { CallerLimits } from '../limits/caller-limits.ts';
import { limitConfig, limitEnv } from '../limits/limit-config.ts';

/** The limits of callers by default, or as variables say otherwise. */
export function testCallerLimits(env: NodeJS.ProcessEnv = {}): CallerLimits {
  return new CallerLimits(limitConfig(readEnv(limitEnv, env)));
}
