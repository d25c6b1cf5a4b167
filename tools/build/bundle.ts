import { readdir, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type OutputAsset, type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { emittedJavaScript } from './emitted-javascript.ts';
import { programsFolder, programsOf } from './programs.ts';
import { buildError } from './build-error.ts';
import { writeIfChanged } from './write-if-changed.ts';

/** Packages that look for files beside their own, or that load others by computed names. */
const unbundledPackages = ['piscina', 'pino', 'pyodide', 'swagger-ui-dist'];
/** The module that stands for Node's http. */
const httpModule = '\0http';
/** A chunk that no program names any more stays this long for the stacks that run from it. */
const staleAfterMs = 24 * 3_600_000;

/**
 * Writes each program of the apps to `dist/APP/PROGRAM.js`, together with the libraries and packages that it loads: a few files instead of
 * two thousand modules. Code that several programs load is in one file for all of them, in `dist/shared`. Output that stays the same is not written again,
 * and files of earlier builds stay for a day, because services may be running from them.
 */
export async function bundlePrograms(root: string): Promise<void> {
  const output = await bundledFiles(root);
  const folder = join(root, programsFolder);
  const write = (files: typeof output) =>
    Promise.all(files.map((file) => writeIfChanged(join(folder, file.fileName), textOf(file))));
  const isProgram = (file: OutputChunk | OutputAsset) => file.type === 'chunk' && file.isEntry;
  // A program names its shared files, so these come first.
  await write(output.filter((file) => !isProgram(file)));
  await write(output.filter(isProgram));
  await deleteStale(folder, new Set(output.map(({ fileName }) => join(folder, fileName))));
}

async function bundledFiles(root: string): Promise<(OutputChunk | OutputAsset)[]> {
  try {
    const bundle = await rolldown({
      cwd: root,
      input: programsOf(root),
      platform: 'node',
      external: unbundledPackages,
      resolve: { conditionNames: ['antiphon-source', 'node', 'import', 'default'] },
      tsconfig: false,
      transform: emittedJavaScript,
      plugins: [requiredHttp, ownPlaces(root), ownMaps],
      logLevel: 'silent',
    });
    const { output } = await bundle.generate({
      format: 'esm',
      sourcemap: true,
      entryFileNames: '[name].js',
      chunkFileNames: 'shared/[name]-[hash].js',
      // V8 keeps the text of a file with other characters at two bytes a character.
      charset: 'ascii',
      comments: false,
      // Errors, Nest's messages and TypeORM's tables have the names of classes.
      keepNames: true,
      strictExecutionOrder: true,
      codeSplitting: { groups: [{ name: 'helpers', test: /@oxc-project.runtime/ }] },
    });
    await bundle.close();
    return output;
  } catch (error) {
    throw buildError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A module that looks for files beside its own finds those of its unbundled form, such as the code of a thread. */
function ownPlaces(root: string): Plugin {
  const source = /^(?<project>(?:apps|libs)\/[^/]+)\/src\/(?<path>.*)\.ts$/;
  return {
    name: 'own-places',
    transform(code, id) {
      const place = source.exec(relative(root, id).replaceAll(sep, '/'))?.groups;
      if (place === undefined || !code.includes('import.meta.url')) return null;
      // Every output file is two folders below the root.
      const emitted = JSON.stringify(`../../${place.project}/dist/${place.path}.js`);
      return code.replaceAll('import.meta.url', `new URL(${emitted}, import.meta.url).href`);
    },
  };
}

/**
 * Loads Node's http by `require`. An `import` reads each of its exports, among them those of WebSocket, for which Node loads its own undici: 0.06 s of a
 * processor at each start.
 */
const requiredHttp: Plugin = {
  name: 'required-http',
  resolveId: {
    filter: { id: /^(?:node:)?http$/ },
    handler: (_id, importer) => (importer === httpModule ? null : httpModule),
  },
  load: {
    filter: { id: /^\0http$/ },
    handler: () => ({ code: `module.exports = require('node:http');`, moduleType: 'js' }),
  },
};

/** Leaves packages out of the source maps, which are seven times as large with them. */
const ownMaps: Plugin = {
  name: 'own-maps',
  transform: {
    filter: { id: /node_modules/ },
    handler: (code) => ({ code, map: { mappings: '' } }),
  },
};

function textOf(file: OutputChunk | OutputAsset): string | Uint8Array {
  if (file.type === 'chunk') return file.code;
  if (!file.fileName.endsWith('.map')) return file.source;
  const map = JSON.parse(String(file.source)) as object; // written by the bundler
  return JSON.stringify({ ...map, sourcesContent: undefined });
}

async function deleteStale(folder: string, wanted: Set<string>): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const unwanted = files.filter((file) => !wanted.has(file));
  await Promise.all(
    unwanted.map(async (file) => {
      const mtimeMs = (await stat(file).catch(() => undefined))?.mtimeMs ?? Infinity;
      if (Date.now() - mtimeMs > staleAfterMs) await rm(file, { force: true });
    }),
  );
}
