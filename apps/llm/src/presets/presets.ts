import { clouds } from './clouds.ts';
import { hosted } from './hosted.ts';
import { ownServers } from './own-servers.ts';
import type { Preset } from './preset.ts';

/** All presets by their names in the providers file, in the order in which the environment's providers are tried. */
export const presets: Readonly<Record<string, Preset>> = { ...clouds, ...hosted, ...ownServers };

export const presetNames = Object.keys(presets);
