import type { TransformOptions } from 'rolldown/utils';

/** The options of `tsconfig.json` that determine the emitted JavaScript. */
export const emittedJavaScript = {
  target: 'es2024',
  decorator: { legacy: true, emitDecoratorMetadata: true },
  typescript: { onlyRemoveTypeImports: true },
} satisfies TransformOptions;
