import { defineConfig } from 'oxlint';
import { unguarded, waysOutRules } from './tools/ways-out.ts';

/** The floors of ARCHITECTURE.md: imports go down, never sideways, never up. */
const floors = [
  { sourceTag: 'floor:async', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'floor:contracts', onlyDependOnLibsWithTags: ['floor:async'] },
  { sourceTag: 'floor:core', onlyDependOnLibsWithTags: ['floor:async', 'floor:contracts'] },
  {
    sourceTag: 'floor:runtime',
    onlyDependOnLibsWithTags: ['floor:async', 'floor:contracts', 'part:engine', 'part:service-kit'],
  },
  {
    sourceTag: 'part:service',
    onlyDependOnLibsWithTags: ['floor:async', 'floor:contracts', 'part:service-kit'],
  },
  {
    sourceTag: 'part:runner',
    onlyDependOnLibsWithTags: ['floor:async', 'floor:contracts', 'floor:core', 'floor:runtime'],
  },
  { sourceTag: 'floor:assembly', onlyDependOnLibsWithTags: ['part:service-kit', 'floor:app'] },
  { sourceTag: 'floor:outside', onlyDependOnLibsWithTags: ['*'] },
];

/** Libraries that the framework-free parts do without: no Nest, no I/O. */
const frameworks = ['@nestjs/*', 'typeorm', 'pg', '@nats-io/*', 'undici', 'fastify', 'node:*'];

const boundaries = { depConstraints: floors, allow: [] };

/**
 * The rules of the category `correctness`, and beside them those of typescript-eslint's set `recommendedTypeChecked`, which has rules of other categories
 * too. Rules named `eslint-js/…` are ESLint's own, which Oxlint does not have or which must stand beside another one of the same name.
 */
export default defineConfig({
  plugins: ['eslint', 'typescript', 'oxc'],
  jsPlugins: [{ name: 'eslint-js', specifier: 'oxlint-plugin-eslint' }, '@nx/oxlint/boundaries-plugin'],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['**/dist', '**/*.mjs', '.local', '.nx'],
  categories: { correctness: 'error' },
  rules: {
    'no-control-regex': 'off',
    'typescript/no-meaningless-void-operator': 'off',
    'typescript/no-misused-spread': 'off',
    'typescript/no-useless-default-assignment': 'off',
    'typescript/require-array-sort-compare': 'off',
    eqeqeq: 'error',
    'no-array-constructor': 'error',
    'no-console': 'error',
    'no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
    ],
    'no-var': 'error',
    'prefer-const': 'error',
    'prefer-rest-params': 'error',
    'prefer-spread': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/no-empty-object-type': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-namespace': 'error',
    'typescript/no-require-imports': 'error',
    'typescript/no-unnecessary-type-assertion': 'error',
    'typescript/no-unnecessary-type-constraint': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-enum-comparison': 'error',
    'typescript/no-unsafe-function-type': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/restrict-plus-operands': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'eslint-js/no-restricted-syntax': [
      'error',
      {
        selector: 'PrivateIdentifier',
        message: 'Use `private`: parameters of constructors have no other form.',
      },
    ],
    '@nx/enforce-module-boundaries': ['error', boundaries],
  },
  overrides: [
    {
      files: ['{apps,libs}/*/src/**/*.ts'],
      excludeFiles: ['**/*.spec.ts', '**/__fixtures__/**', '**/testing/**', 'apps/e2e/**', ...unguarded],
      rules: waysOutRules,
    },
    {
      files: ['libs/{async,contracts,engine,dialects}/src/**/*.ts'],
      excludeFiles: ['**/*.spec.ts'],
      rules: { 'eslint-js/no-restricted-imports': ['error', { patterns: frameworks }] },
    },
    {
      // The only place that may import apps.
      files: ['apps/compact/src/**/*.ts'],
      rules: {
        '@nx/enforce-module-boundaries': ['error', { ...boundaries, allow: ['@antiphon/*/service'] }],
      },
    },
    {
      // The root is a project too, with this file in it.
      files: ['oxlint.config.ts', 'tools/lint.spec.ts'],
      rules: { '@nx/enforce-module-boundaries': 'off' },
    },
    { files: ['tools/**/*.ts', 'examples/**/*.ts'], rules: { 'no-console': 'off' } },
  ],
});
