/**
 * Loaded by `node --import` before a service: stacks name the TypeScript sources of this repository. `--enable-source-maps` would also read
 * the maps of all packages, which takes 10 MB and a tenth of a second at each start.
 */
import { setSourceMapsSupport } from 'node:module';

setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
