import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
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

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '.local', '.nx'] },
  {
    files: ['**/*.ts', 'apps/console/**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'apps/console/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries],
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'PrivateIdentifier',
          message: 'Use `private`: parameters of constructors have no other form.',
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['{apps,libs}/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/__fixtures__/**', '**/testing/**', 'apps/e2e/**', ...unguarded],
    rules: waysOutRules,
  },
  {
    files: ['libs/{async,contracts,engine,dialects}/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: frameworks }] },
  },
  {
    // The only place that may import apps.
    files: ['apps/compact/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', { ...boundaries, allow: ['@antiphon/*/service'] }],
    },
  },
  { files: ['tools/**/*.ts', 'examples/**/*.ts'], rules: { 'no-console': 'off' } },
);
