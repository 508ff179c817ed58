import { ManualClock, type NameLimits, type NewJob, type Store } from '@goscheds/core'
import { describe, expect, it } from 'vitest'
import { MemoryState } from '../src/memory-state.js'
import { MemoryStore } from '../src/memory-store.js'

function aJob(id: string, group?: NewJob['group']): NewJob {
  const retention = { completedMs: 0, deadMs: 0 }
  return { id, name: 'n', payload: '', options: '', retention, ...(group !== undefined && { group }) }
}

async function claimed(store: Store, limit: number): Promise<string[]> {
  const { jobs } = await store.claim({ name: 'n', worker: 'w', limit, leaseMs: 1e6 })
  return jobs.map(({ id }) => id)
}

interface Ready {
  readonly key: string | undefined
  readonly weight: number
  readonly ids: string[]
  finish: number
}

/** The order of the contract in the plainest way: a list, and a look at all of it for each job. */
function servedByHand(queues: readonly Ready[], count: number): string[] {
  let virtualTime = 0
  for (const queue of queues) queue.finish = 1 / queue.weight
  const served: string[] = []
  while (served.length < count) {
    const waiting = queues.filter(({ ids }) => ids.length > 0)
    const least = Math.min(...waiting.map(({ finish }) => finish))
    const first = waiting.filter(({ finish }) => finish === least)
    const next =
      first.find(({ key }) => key === undefined) ?? first.sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))[0]
    if (next === undefined) return served
    served.push(...next.ids.splice(0, 1))
    virtualTime = next.finish
    next.finish = virtualTime + 1 / next.weight
  }
  return served
}

describe('groups of a memory store', () => {
  it('are served as a look at all of them would serve them, with any weights and claims of any size', async () => {
    const clock = new ManualClock({ seed: 7 })
    const random = (below: number): number => Math.floor(clock.random() * below)
    for (let round = 0; round < 50; round++) {
      const store = new MemoryStore({ clock })
      const queues = Array.from({ length: 1 + random(20) }, (_, n): Ready => {
        const key = n === 0 && random(2) === 0 ? undefined : `g${n}`
        const weight = key === undefined ? 1 : [0.001, 0.3, 1, 1, 2, 7, 1_000][random(7)]
        const ids = Array.from({ length: 1 + random(10) }, (_, i) => `${key}-${i}`)
        return { key, weight: weight ?? 1, ids, finish: 0 }
      })
      const jobs = queues.flatMap(({ key, weight, ids }) =>
        ids.map((id) => aJob(id, key === undefined ? undefined : { key, weight })),
      )
      await store.enqueue({ jobs })
      const served: string[] = []
      while (served.length < jobs.length) served.push(...(await claimed(store, 1 + random(8))))
      expect(served).toEqual(servedByHand(queues, jobs.length))
    }
  })

  it('leave nothing behind when nothing of them waits, runs or keeps its place', async () => {
    const clock = new ManualClock()
    const state = new MemoryState()
    const store = new MemoryStore({ clock }, state)
    const limits: NameLimits = {
      rate: { limit: 1_000, perMs: 1_000, burst: 1_000 },
      perGroup: { concurrency: 1, ordered: true, rate: { limit: 1, perMs: 1_000, burst: 5 } },
    }
    await store.setLimits({ name: 'n', limits })
    await store.enqueue({ jobs: Array.from({ length: 50 }, (_, n) => aJob(`j${n}`, { key: `g${n % 5}` })) })
    for (let round = 0; round < 100; round++) {
      const { jobs } = await store.claim({ name: 'n', worker: 'w', limit: 3, leaseMs: 1_000 })
      const settlements = [
        { type: 'retry', delayMs: 100, error: '' },
        { type: 'released', delayMs: 100, holdNameMs: 10 },
        { type: 'completed', retentionMs: 0 },
      ] as const
      for (const [n, lease] of jobs.entries()) {
        const settlement = settlements[(round + n) % 3] ?? settlements[2]
        if (round % 10 !== 0) await store.settle({ entries: [{ lease, settlement }] })
      }
      await clock.advance(500)
      await store.reap({ limit: 100, maxRecoveries: 3 })
      await store.promote({ limit: 100 })
    }
    await store.setLimits({ name: 'n', limits: null })
    await store.remove({ ids: Array.from({ length: 50 }, (_, n) => `j${n}`) })
    await clock.advance(60_000)
    await store.reap({ limit: 100, maxRecoveries: 0 })
    expect(await claimed(store, 1)).toEqual([])
    await store.prune({ limit: 1_000, maxDeadPerName: 0 })
    expect([state.jobs.size, state.names.size, state.controls.size]).toEqual([0, 0, 0])
  })
})
