import { readdirSync } from 'node:fs'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { luaText } from './tooling/lua-text/src/lua-text.js'

// Packages of the workspace see each other's sources, so that tests need no build.
const conditions = ['@goscheds/source', 'module', 'node', 'development|production']

// These get a Redis server of the run under `inject('redisUrl')`; the others must not wait for one.
const withRedis = new Set(['redis', 'examples', 'benchmarks'])

function project(name: string, root: string, include: readonly string[]): TestProjectInlineConfiguration {
  return {
    extends: true,
    root: `./${root}`,
    test: {
      name,
      include: [...include],
      ...(withRedis.has(name) && { globalSetup: [`${import.meta.dirname}/tooling/test-redis/src/global-setup.ts`] }),
    },
  }
}

const report = process.env['GOSCHEDS_TEST_REPORT']

export default defineConfig({
  plugins: [luaText()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // A test that needs longer says so; a hanging one must not hold up the gate.
    testTimeout: 10_000,
    hookTimeout: 60_000,
    // The gate counts from this file.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      ...readdirSync(`${import.meta.dirname}/packages`).map((name) =>
        project(name, `packages/${name}`, ['src/**/*.test.ts', 'test/**/*.test.ts']),
      ),
      project('tooling', 'tooling', ['**/*.test.ts']),
      project('examples', 'examples', ['**/*.test.ts']),
      project('benchmarks', 'benchmarks', ['**/*.test.ts']),
      project('simulation', 'simulation', ['**/*.test.ts']),
    ],
  },
})
