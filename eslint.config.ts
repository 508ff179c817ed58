import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { packageBoundaries } from './tooling/lint-rules/src/package-boundaries.js'

const sources = ['packages/*/src/**/*.ts']
const RUNTIME = 'Core takes time, timers and randomness from the injected runtime, so that it can be simulated.'

const syntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
]

const randomness = ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'getRandomValues']

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '**/.turbo/', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      // One program for all files is much quicker than the project service, which makes one per package.
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { goscheds: { rules: { 'package-boundaries': packageBoundaries } } },
    rules: {
      'goscheds/package-boundaries': 'error',
      'max-lines': ['error', 400],
      'no-restricted-syntax': ['error', ...syntax],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // The compiler finds those that have no underscore.
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/parameter-properties': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // The contract is asynchronous; a method that needs no await is still `async`, so that it rejects and never throws.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: sources,
    rules: {
      'no-restricted-globals': ['error', { name: 'setInterval', message: 'A loop is a service with start and stop.' }],
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['packages/core/src/runtime/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance', 'crypto'].map((name) => ({
          name,
          message: RUNTIME,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: RUNTIME },
        { object: 'Math', property: 'random', message: RUNTIME },
        { object: 'AbortSignal', property: 'timeout', message: RUNTIME },
        { object: 'process', property: 'hrtime', message: RUNTIME },
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance', 'crypto'].map((property) => ({
          object: 'globalThis',
          property,
          message: RUNTIME,
        })),
      ],
      'no-restricted-syntax': [
        'error',
        ...syntax,
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: RUNTIME },
        { selector: 'CallExpression[callee.name="Date"]', message: RUNTIME },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:timers', 'timers', 'node:timers/promises', 'timers/promises', 'node:perf_hooks', 'perf_hooks']
            .map((name): { name: string; message: string; importNames?: string[] } => ({ name, message: RUNTIME }))
            .concat(['node:crypto', 'crypto'].map((name) => ({ name, message: RUNTIME, importNames: randomness }))),
        },
      ],
    },
  },
  {
    // What a test reads back from JSON is checked by its expectations.
    files: ['**/*.test.ts', '**/test/**/*.ts', 'benchmarks/**/*.ts', 'simulation/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // `onTestFinished(rig.close)`: our own rigs are closures and not classes.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Their tools ask for a default export.
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
