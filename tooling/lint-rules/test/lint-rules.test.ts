import { ESLint } from 'eslint'
import { join } from 'node:path'
import tseslint from 'typescript-eslint'
import { describe, expect, test } from 'vitest'

const workspace = join(import.meta.dirname, '..', '..', '..')

// The texts below are in no program, so the rules that need types are off.
const eslint = new ESLint({ cwd: workspace, overrideConfig: [tseslint.configs.disableTypeChecked] })

/** The rules that this text breaks as a file at this path. */
async function broken(path: string, text: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(workspace, path) })
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message)
}

const BOUNDARIES = 'goscheds/package-boundaries'

describe('package boundaries', () => {
  test.each([
    ['core imports a store', 'packages/core/src/new.ts', `import { MemoryStore } from '@goscheds/memory'`],
    ['core imports a type of a store', 'packages/core/src/new.ts', `import type { A } from '@goscheds/redis'`],
    ['core imports itself by name', 'packages/core/src/worker/new.ts', `import { Worker } from '@goscheds/core'`],
    ['a store imports another store', 'packages/redis/src/new.ts', `import { MemoryStore } from '@goscheds/memory'`],
    ['a store re-exports another store', 'packages/memory/src/new.ts', `export { A } from '@goscheds/redis'`],
    ['a store loads another store', 'packages/memory/src/new.ts', `export const a = import('@goscheds/redis')`],
    [
      'a store names a type of another store',
      'packages/memory/src/new.ts',
      `export type A = import('@goscheds/redis').A`,
    ],
    ['a store of the future imports a store', 'packages/sqlite/src/new.ts', `import { A } from '@goscheds/memory'`],
    ['a store imports the suite', 'packages/redis/src/new.ts', `import { testStore } from '@goscheds/conformance'`],
    [
      'the suite imports a store that is not its model',
      'packages/conformance/src/new.ts',
      `import { A } from '@goscheds/redis'`,
    ],
    ['a store reaches into core', 'packages/redis/src/new.ts', `import { A } from '@goscheds/core/src/errors.js'`],
    ['a test reaches into core', 'packages/redis/test/new.ts', `import { A } from '@goscheds/core/src/errors.js'`],
    ['a path leaves the package', 'packages/redis/src/new.ts', `import { A } from '../../core/src/errors.js'`],
    [
      'a path of a test leaves the package',
      'packages/redis/test/new.ts',
      `import { A } from '../../core/src/errors.js'`,
    ],
  ])('fail when %s', async (_case, path, text) => {
    expect(await broken(path, text)).toContain(BOUNDARIES)
  })

  test.each([
    ['a store imports core', 'packages/redis/src/new.ts', `export { GoschedsError } from '@goscheds/core'`],
    ['the suite imports core', 'packages/conformance/src/new.ts', `export { GoschedsError } from '@goscheds/core'`],
    ['a file imports its neighbour', 'packages/core/src/worker/new.ts', `export { A } from '../errors.js'`],
    ['a test of core uses a store', 'packages/core/test/new.ts', `export { MemoryStore } from '@goscheds/memory'`],
    ['a test imports the sources beside it', 'packages/core/test/new.ts', `export { A } from '../src/errors.js'`],
  ])('pass when %s', async (_case, path, text) => {
    expect(await broken(path, text)).toEqual([])
  })
})

describe('time and randomness', () => {
  test.each([
    `export const a = Date.now()`,
    `export const a = new Date()`,
    `export const a = Date()`,
    `export const a = performance.now()`,
    `export const a = Math.random()`,
    `export const a = AbortSignal.timeout(1)`,
    `export const a = crypto.randomUUID()`,
    `export const a = setTimeout(String, 1)`,
    `export const a = globalThis.setTimeout(String, 1)`,
    `export const a = setImmediate(String)`,
    `export { setTimeout } from 'node:timers/promises'`,
    `import { randomUUID } from 'node:crypto'\nexport const a = randomUUID()`,
  ])('core may not write %s', async (text) => {
    expect(await broken('packages/core/src/worker/new.ts', text)).not.toEqual([])
    expect(await broken('packages/core/src/runtime/new.ts', text)).toEqual([])
  })

  test.each([
    `export const a = new Date(0)`,
    `export const a = (then: () => void): void => queueMicrotask(then)`,
    `import { createHash } from 'node:crypto'\nexport const a = createHash('sha256')`,
  ])('core may write %s', async (text) => {
    expect(await broken('packages/core/src/worker/new.ts', text)).toEqual([])
  })

  test('no package repeats by setInterval', async () => {
    expect(await broken('packages/redis/src/new.ts', `export const a = setInterval(String, 1)`)).toEqual([
      'no-restricted-globals',
    ])
  })
})
