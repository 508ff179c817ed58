import { fileURLToPath } from 'node:url'
import { createVitest } from 'vitest/node'
import type { RedisTestJob, RedisTestResult } from './redis-test-stage.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

// One vitest for all mutants that this process gets: its start costs more than the tests.
const vitest = await createVitest('test', {
  root: ROOT,
  watch: false,
  project: ['redis'],
  reporters: [{}],
  bail: 1,
})
const failing = process.exitCode

process.on('message', (job: RedisTestJob) => {
  void run(job).then((failed) => process.send?.({ failed } satisfies RedisTestResult))
})
process.on('disconnect', () => process.exit())

let last = ''

async function run({ tests, path, text }: RedisTestJob): Promise<boolean> {
  process.env['GOSCHEDS_REPLACED_LUA'] = JSON.stringify(path === '' ? {} : { [path]: text })
  for (const changed of [last, path]) if (changed !== '') vitest.invalidateFile(ROOT + changed.slice(1))
  last = path
  const specifications = (await vitest.globTestSpecifications()).filter(({ moduleId }) =>
    tests.some((name) => moduleId.endsWith(`/redis/test/${name}.test.ts`)),
  )
  if (specifications.length === 0) throw new Error(`there are no tests ${tests.join(', ')}`)
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  // That a test fails is what is asked, and no failure of this process.
  process.exitCode = failing
  return unhandledErrors.length > 0 || testModules.some((module) => !module.ok())
}
