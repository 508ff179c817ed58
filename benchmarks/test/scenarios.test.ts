import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type {} from '@goscheds/test-redis/global-setup'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { allAdapters } from '../src/adapters/all-adapters.js'
import { beeQueue } from '../src/adapters/bee-queue.js'
import { memory } from '../src/adapters/memory.js'
import { buildChild } from '../src/build-child.js'
import { benchJob } from '../src/payload.js'
import { report } from '../src/report.js'
import { runInChild } from '../src/run-in-child.js'
import { runScenario, variantsOf } from '../src/run-scenario.js'
import { repository } from '../src/repository.js'
import { allScenarios } from '../src/scenarios/all-scenarios.js'

const JOBS = 40

describe.each(allAdapters.map((adapter) => ({ store: adapter.name, adapter })))('on $store', ({ adapter }) => {
  const plans = allScenarios
    .filter((scenario) => scenario.appliesTo?.(adapter) ?? true)
    .flatMap((scenario) => variantsOf(scenario).map((variant) => ({ scenario, variant })))

  test.each(plans.map((plan) => ({ ...plan, id: `${plan.scenario.id} ${plan.variant}`.trim() })))(
    '$id runs every job exactly once and measures what it says it measures',
    async ({ scenario, variant }) => {
      const metrics = await runScenario({ scenario, adapter, variant, jobs: JOBS }, inject('redisUrl'))
      const expected = scenario.metrics.filter(({ key }) => key !== 'redisCpu' || adapter.keepsJobsIn === 'redis')
      expect(Object.keys(metrics).sort()).toEqual(expected.map(({ key }) => key).sort())
      for (const value of Object.values(metrics)) expect(value).toBeTypeOf('number')
    },
  )

  test('a handler that throws is a fault, so that its run is not counted', async () => {
    const environment = { url: inject('redisUrl'), namespace: `faults-${randomUUID()}` }
    let onFault: (error: Error) => void = () => undefined
    const fault = new Promise<Error>((resolve) => (onFault = resolve))
    const subject = await adapter.open({ ...environment, onFault })
    const stop = await subject.process({
      onJob() {
        throw new Error('out of order')
      },
      onSettled: () => undefined,
    })
    await subject.push(benchJob(0))
    expect((await fault).message).toContain('out of order')
    await stop()
    await subject.close()
  })
})

describe('a run in a process of its own', () => {
  const [scenario] = allScenarios.filter(({ id }) => id === 'S1')
  if (scenario === undefined) throw new Error('there is no scenario S1')
  const plan = { scenario, adapter: memory, variant: '', jobs: JOBS }
  // The packages' sources, so that this test needs no build.
  const execArgv = ['--conditions=@goscheds/source']

  test('prints what the report shows', async () => {
    const signal = new AbortController().signal
    const result = await runInChild(plan, { signal, execArgv })
    expect(result).toMatchObject({ scenario: 'S1', store: 'memory', variant: '', jobs: JOBS })
    const [table, ...others] = report(allScenarios, [result])
    expect(others).toEqual([])
    expect(table).toEqual({
      title: 'S1  Single pushes, 64 in flight (40 jobs)',
      head: ['store', 'jobs/s'],
      rows: [['memory', expect.stringMatching(/^[\d,]+$/)]],
    })
  })

  test('can be bundled for all of them, and then loads of the libraries only the one that it measures', async () => {
    const { file, remove } = await buildChild(repository)
    onTestFinished(remove)
    expect(await readFile(file, 'utf8')).not.toMatch(/from "(bullmq|bee-queue|@goscheds\/\w+)"/)
    const signal = new AbortController().signal
    const result = await runInChild({ ...plan, adapter: beeQueue }, { signal, program: file })
    expect(result).toMatchObject({ scenario: 'S1', store: 'bee-queue', jobs: JOBS })
  })

  test('ends when it is interrupted', async () => {
    const interrupt = new AbortController()
    const running = runInChild(plan, { signal: interrupt.signal, execArgv })
    interrupt.abort()
    await expect(running).rejects.toThrow('S1 memory was interrupted')
  })

  test('fails with its last words', async () => {
    const signal = new AbortController().signal
    const unknown = { ...plan, adapter: { ...memory, name: 'nowhere' } }
    await expect(runInChild(unknown, { signal, execArgv })).rejects.toThrow('no such scenario or store')
  })
})
