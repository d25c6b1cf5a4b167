import type { Usage } from '@antiphon/contracts';
import { asJson, type UnknownObject } from '../../providers/json-object.ts';

const charactersMax = 4_096;

/** The provider's own object of a usage, to spread into it. Left out where it is empty or larger than 4 kB of JSON. */
export function rawUsage(usage: UnknownObject): Pick<Usage, 'raw'> {
  const isKept = Object.keys(usage).length > 0 && JSON.stringify(usage).length <= charactersMax;
  return isKept ? { raw: asJson(usage) } : {};
}
