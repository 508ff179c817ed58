import type { Store } from '@goscheds/core'
import { expect, it } from 'vitest'
import { startVitest } from 'vitest/node'
import { checkModel } from '../../src/index.js'
import { findMismatch } from '../../src/model/find-mismatch.js'
import { ModelMismatch, showTrace } from '../../src/model/trace.js'
import { brokenStores } from '../broken/broken-stores.js'
import { withMethods } from '../broken/fault.js'
import { openMemory } from '../open-memory.js'

function openBroken(name: string): ReturnType<typeof openMemory> {
  const fault = brokenStores.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`no broken store ${name}`)
  return openMemory(fault)
}

/** What a failing check says. */
async function reportOf(options: Partial<Parameters<typeof checkModel>[0]> = {}): Promise<string> {
  const open = (): ReturnType<typeof openMemory> => openBroken('never grows the claim number')
  return checkModel({ open, runs: 200, seed: 7, ...options }).then(
    () => 'no difference was found',
    (error: unknown) => String(error),
  )
}

it('prints the shortest sequence, with what the model and the store made of its last call', async () => {
  const report = await reportOf()
  expect(report).toContain('fence.claim is 2 in the model and 1 in the store')
  expect(report).toMatch(/ 1\. enqueue \[\{"id":/)
  expect(report).toMatch(/model → .*\n\s+store → /)
  const calls = report.split('\n').filter((line) => /^ +\d+\. (?!look at everything)/.test(line))
  expect(calls.length).toBeLessThan(12)
})

it('prints seed, path and replayPath, with which that one sequence runs again', async () => {
  const report = await reportOf()
  expect(report).toMatch(/seed 7, path "[\d:]+", replayPath "[^"]+"/)
  const [, path] = /GOSCHEDS_MODEL_PATH='([^']+)'/.exec(report) ?? []
  let opened = 0
  const again = await reportOf({
    ...{ path, seed: 7 },
    open: () => ((opened += 1), openBroken('never grows the claim number')),
  })
  expect(opened).toBe(1)
  const traceOf = (text: string): string => text.slice(0, text.indexOf('found in sequence'))
  expect(traceOf(again)).toBe(traceOf(report))
})

it('makes the same sequences of the same seed, and others of another', async () => {
  const reports = await Promise.all([reportOf({ seed: 1 }), reportOf({ seed: 1 }), reportOf({ seed: 2 })])
  expect(reports[1]).toBe(reports[0])
  expect(reports[2]).not.toBe(reports[0])
})

it.each([true, false])('asks for options of jobs where the store carries them out: %s', async (jobOptions) => {
  const asked = new Set<string>()
  await checkModel({
    ...{ runs: 200, seed: 7 },
    async open() {
      const harness = await openMemory()
      const { store } = harness
      const methods: Partial<Store> = {
        enqueue(input) {
          for (const { retention, ...job } of input.jobs) {
            for (const option of [...Object.keys(job), ...Object.keys(retention)]) asked.add(option)
          }
          return store.enqueue(input)
        },
        settle(input) {
          for (const { settlement } of input.entries)
            if ('maxCount' in settlement) asked.add('maxCount of a settlement')
          return store.settle(input)
        },
      }
      const capabilities = { ...store.capabilities, jobOptions }
      return { ...harness, store: withMethods(store, { ...methods, capabilities }) }
    },
  })
  const options = ['expiresAt', 'maxCount', 'maxCount of a settlement', 'priority', 'unique']
  expect(options.filter((option) => asked.has(option))).toEqual(jobOptions ? options : [])
})

it('says which call a store never came back from', async () => {
  const open = async (): ReturnType<typeof openMemory> => {
    const harness = await openMemory()
    return { ...harness, store: withMethods(harness.store, { redrive: () => new Promise(() => {}) }) }
  }
  const mismatch = await findMismatch({
    ...{ open, runs: 200, seed: 7, maxCommands: 50 },
    ...{ isShrinking: false, patienceMs: 500 },
  })
  const error = mismatch?.error
  if (!(error instanceof ModelMismatch)) throw new Error('it was not found', { cause: error })
  expect(error.message).toContain('had not come back')
  expect(showTrace(error.steps)).toMatch(/redrive .*\n\s+model → .*\n\s+store → nothing came back$/)
})

it('fails once, with the reason, when the store cannot be opened, and is skipped when its clock runs', async () => {
  const exitCode = process.exitCode
  const conditions = ['@goscheds/source', 'module', 'node', 'development|production']
  const vitest = await startVitest(
    'test',
    [],
    { config: false, watch: false, root: import.meta.dirname, include: ['../fixtures/model-*.ts'], reporters: [{}] },
    { resolve: { conditions }, ssr: { resolve: { conditions } } },
  )
  try {
    const tests = vitest.state.getTestModules().flatMap((run) => [...run.children.allTests()])
    const notes = tests.map((test) => {
      const result = test.result()
      return result.state === 'skipped' ? result.note : result.errors?.[0]?.message
    })
    expect(notes.sort()).toEqual([
      'the clock of the store does not stand still',
      'the store a store without its server did not open, so no sequence was run: nothing listens on port 6379',
    ])
  } finally {
    await vitest.close()
    // That a fixture fails is what is tested, and no failure of this run.
    process.exitCode = exitCode
  }
}, 60_000)
