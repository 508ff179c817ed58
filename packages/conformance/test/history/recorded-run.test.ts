import type { ClaimedJob, NewJob, Store } from '@goscheds/core'
import { expect, test } from 'vitest'
import { checkHistory, formatHistory, type Guarantee, parseHistory, printViolation } from '../../src/history/index.js'
import { handingOutTwice } from '../broken/claim.js'
import { claiming, type Sound, settling } from '../broken/fault.js'
import { recordedRun } from './recorded-run.js'

test('a run of a Scheduler and two Workers over a sound store breaks no guarantee', async () => {
  const history = await recordedRun()
  expect(checkHistory(history).map(printViolation).join('\n\n')).toBe('')
  const types = new Set(history.events.map((event) => (event.type === 'invoke' ? event.method : event.type)))
  const some = ['enqueue', 'promote', 'claim', 'extend', 'settle', 'reap', 'start', 'end', 'unknown', 'snapshot']
  expect([...types]).toEqual(expect.arrayContaining(some))
  const reaps = history.events.filter(
    (event) => event.type === 'ok' && JSON.stringify(event.output)?.includes('"ready"'),
  )
  expect(reaps, 'a lease that ran out').not.toEqual([])
})

test('a recorded run comes back from its file as it was', async () => {
  const history = await recordedRun()
  const read = parseHistory(formatHistory(history))
  expect(read).toEqual(history)
})

const brokenStores: readonly [what: string, breaks: Guarantee, methods: (sound: Sound) => Partial<Store>][] = [
  ['loses a job that it reaps', 'G1', losingReaped],
  ['loses a job that is to be retried', 'G1', losingRetried],
  ['counts one job too many', 'G2', countingTooMany],
  ['hands a job to two claims', 'G3', handingOutTwice],
  ['reaps valid leases', 'G3', reapingEarly],
  ['does not compare fences', 'G4', takingAnyFence],
  ['brings a completed job back', 'G5', bringingBack],
  ['does not count the attempt of a retry', 'G6', (sound) => settling(sound, asReleased)],
  ['never grows the claim number', 'G6', (sound) => claiming(sound, withFirstFence)],
  ['never promotes', 'G7', () => ({ promote: async () => ({ promoted: 0, nextDueInMs: null }) })],
  ['promotes early', 'G8', promotingEarly],
  ['hands a batch out backwards', 'G10', handingOutBackwards],
  ['gives an id that is held to another job', 'G12', addingDuplicates],
  [
    'answers about another job',
    'G17',
    ({ store }) => ({
      async enqueue(input) {
        await store.enqueue(input)
        return input.jobs.map(() => ({ status: 'added', id: 'another' }) as const)
      },
    }),
  ],
  ['forgets recoveries', 'G18', (sound) => claiming(sound, (job) => ({ ...job, recoveries: 0 }))],
  ['changes the options', 'G19', (sound) => claiming(sound, (job) => ({ ...job, options: `${job.options} ` }))],
]

test.each(brokenStores)('a store that %s is caught by %s', async (_what, breaks, methods) => {
  const violations = checkHistory(await recordedRun(methods))
  expect(violations.map(({ guarantee }) => guarantee)).toContain(breaks)
  const longest = Math.max(...violations.map(({ trace }) => trace.length))
  expect(longest, 'events in a trace').toBeLessThanOrEqual(8)
})

function losingReaped({ store }: Sound): Partial<Store> {
  return {
    async reap(input) {
      const result = await store.reap(input)
      await store.remove({ ids: result.reaped.map(({ id }) => id) })
      return result
    },
  }
}

function losingRetried({ store }: Sound): Partial<Store> {
  return {
    async settle({ entries }) {
      const outcomes = await store.settle({ entries })
      const retried = entries.filter(({ settlement }) => settlement.type === 'retry')
      await store.remove({ ids: retried.map(({ lease }) => lease.id) })
      return outcomes
    },
  }
}

function countingTooMany({ store }: Sound): Partial<Store> {
  return { counts: async (input) => (await store.counts(input)).map((one) => ({ ...one, dead: one.dead + 1 })) }
}

function reapingEarly({ store }: Sound): Partial<Store> {
  return { claim: (input) => store.claim({ ...input, leaseMs: input.leaseMs / 5 }) }
}

function takingAnyFence({ store }: Sound): Partial<Store> {
  return {
    async settle({ entries }) {
      const outcomes = await store.settle({ entries })
      return outcomes.map((outcome) => (outcome.status === 'lost' ? { status: 'settled', state: 'ready' } : outcome))
    },
  }
}

function bringingBack({ store }: Sound): Partial<Store> {
  const pushed = new Map<string, NewJob>()
  return {
    async enqueue({ jobs }) {
      for (const job of jobs) pushed.set(job.id, job)
      return store.enqueue({ jobs })
    },
    async settle({ entries }) {
      const outcomes = await store.settle({ entries })
      for (const { lease, settlement } of entries) {
        const job = pushed.get(lease.id)
        pushed.delete(lease.id)
        if (settlement.type === 'completed' && job !== undefined) await store.enqueue({ jobs: [job] })
      }
      return outcomes
    },
  }
}

function asReleased(settlement: Parameters<Parameters<typeof settling>[1]>[0]): typeof settlement {
  return settlement.type === 'retry' ? { type: 'released', delayMs: settlement.delayMs } : settlement
}

function withFirstFence(job: ClaimedJob): ClaimedJob {
  return { ...job, fence: { ...job.fence, claim: 1 } }
}

/** Hours early, and says nothing of it. */
function promotingEarly(sound: Sound): Partial<Store> {
  const dueAt = new Map<string, number>()
  return {
    async promote(input) {
      const { jobs } = await sound.store.list({ name: 'email', state: 'scheduled', limit: 100 })
      const soon = jobs.filter(({ executeAt }) => executeAt <= sound.clock.now() + 7_200_000)
      for (const { id, executeAt } of soon) dueAt.set(id, executeAt)
      await sound.store.reschedule({ entries: soon.map(({ id }) => ({ id, delayMs: 0 })) })
      return sound.store.promote(input)
    },
    ...claiming(sound, (job) => ({ ...job, executeAt: dueAt.get(job.id) ?? job.executeAt })),
  }
}

function handingOutBackwards({ store }: Sound): Partial<Store> {
  return {
    async claim(input) {
      const { jobs, more } = await store.claim(input)
      return { jobs: jobs.toReversed(), more }
    },
  }
}

function addingDuplicates({ store }: Sound): Partial<Store> {
  return {
    async enqueue({ jobs }) {
      await store.remove({ ids: jobs.map(({ id }) => id) })
      return store.enqueue({ jobs })
    },
  }
}
