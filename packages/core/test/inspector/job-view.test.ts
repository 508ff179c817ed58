import { describe, expect, it } from 'vitest'
import { jsonCodec, type StoredJob } from '../../src/index.js'
import { toJobView } from '../../src/inspector/job-view.js'
import { aWorld } from '../support/a-world.js'
import { runJob } from '../support/run-job.js'

function aStoredJob(overrides: Partial<StoredJob> = {}): StoredJob {
  return {
    ...{ id: 'a', name: 'email', state: 'active', payload: '{"to":"ada"}', options: '', executeAt: 0, enqueuedAt: 0 },
    ...{ generation: 1, claims: 1, attempts: 0, recoveries: 0 },
    ...overrides,
  }
}

describe('the view of a job', () => {
  it('has what the job asked for, decoded', () => {
    const unique = { key: 'k', until: { ttlMs: 5 }, onConflict: 'replace' } as const
    expect(toJobView(aStoredJob({ priority: -5, expiresAt: 1_000, unique }), jsonCodec)).toMatchObject({
      ...{ priority: -5, expiresAt: new Date(1_000), unique },
    })
    const plain = toJobView(aStoredJob(), jsonCodec)
    expect(plain.priority).toBe(0)
    for (const absent of ['expiresAt', 'unique', 'failures', 'log', 'progress', 'checkpoint', 'result']) {
      expect(plain).not.toHaveProperty(absent)
    }
  })

  it('has what the job reported and returned, decoded', () => {
    const texts = { progress: '{"done":1}', checkpoint: '[7]', result: '"ok"' }
    expect(toJobView(aStoredJob({ ...texts, log: ['a', 'b'] }), jsonCodec)).toMatchObject({
      ...{ progress: { done: 1 }, checkpoint: [7], result: 'ok', log: ['a', 'b'] },
    })
    expect(toJobView(aStoredJob({ progress: '' }), jsonCodec)).toHaveProperty('progress', undefined)
  })

  it.each(['progress', 'checkpoint', 'result'] as const)(
    'says of a %s that cannot be read that it is that, and shows everything else',
    (field) => {
      const texts = { progress: '1', checkpoint: '2', result: '3', [field]: '{' }
      const view = toJobView(aStoredJob({ ...texts, options: '{"maxAttempts":3}' }), jsonCodec)
      expect(view.undecodable).toBe(`the stored job cannot be read: its ${field} does not decode`)
      expect(view).toMatchObject({ args: { to: 'ada' }, maxAttempts: 3 })
      expect(view).not.toHaveProperty(field)
      expect(['progress', 'checkpoint', 'result'].filter((name) => name in view)).toHaveLength(2)
    },
  )

  it.each([
    ['args', { payload: '{' }],
    ['options', { options: '{' }],
  ])('shows what a job reported also when its %s cannot be read', (what, broken) => {
    const view = toJobView(aStoredJob({ progress: '5', log: ['a'], ...broken }), jsonCodec)
    expect(view).toMatchObject({ args: undefined, progress: 5, log: ['a'] })
    expect(view.undecodable).toContain(`its ${what}`)
    expect(toJobView(aStoredJob({ progress: '{', ...broken }), jsonCodec).undecodable).toBe(view.undecodable)
  })
})

describe('the failed attempts of a job', () => {
  it('are shown with their number, time and error, the latest last, at most ten', async () => {
    const world = aWorld()
    const { get, stop } = await runJob(
      ({ attempt }) => {
        throw Object.assign(new Error(`failure ${attempt}`), { code: `E${attempt}` })
      },
      { world, push: { maxAttempts: 12, backoff: { type: 'fixed', delayMs: 1_000 } } },
    )
    const began = world.clock.now()
    expect((await get())?.failures).toMatchObject([
      { attempt: 1, at: new Date(began), error: { message: 'failure 1' } },
    ])
    await world.pass(12_000)
    const view = await get()
    expect(view).toMatchObject({ state: 'dead', attempts: 12, error: { message: 'failure 12' } })
    expect(view?.failures).toHaveLength(10)
    expect(view?.failures?.[0]).toMatchObject({ attempt: 3, at: new Date(began + 2_000), error: { code: 'E3' } })
    expect(view?.failures?.[9]).toMatchObject({ attempt: 12, at: new Date(began + 11_000) })
    expect(view?.failures?.[9]?.error).toMatchObject({ name: 'Error', message: 'failure 12', code: 'E12' })
    await stop()
  })

  it('are not shown by list, and are absent where none has failed', async () => {
    const { world, get, stop } = await runJob(() => Promise.reject(new Error('no')), { push: { maxAttempts: 1 } })
    const { jobs } = await world.inspector.list({ name: 'email', state: 'dead' })
    expect(jobs).toMatchObject([{ id: 'a', error: { message: 'no' } }])
    expect(jobs[0]).not.toHaveProperty('failures')
    expect(await get()).toHaveProperty('failures')
    await world.scheduler().push('report', {}, { id: 'b' })
    expect(await world.inspector.get('b')).not.toHaveProperty('failures')
    await stop()
  })
})
