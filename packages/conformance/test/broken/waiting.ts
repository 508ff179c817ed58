import type { ClaimedJob, Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'

/**
 * A store that sets a job aside for the worker that waited, and hands it out as the parts say. The parts
 * that are left out do what a store that forgets about it would do.
 */
function settingAside(
  { store }: Sound,
  claim: (mine: ClaimedJob[], input: Parameters<Store['claim']>[0]) => Promise<readonly ClaimedJob[]>,
  others: (aside: Map<string, ClaimedJob[]>) => Partial<Store> = () => ({}),
): Partial<Store> {
  const aside = new Map<string, ClaimedJob[]>()
  return {
    async waitForReady(input) {
      await store.waitForReady(input)
      const { jobs } = await store.claim({ ...input, limit: 1, leaseMs: 10 ** 12 })
      aside.set(input.worker, [...(aside.get(input.worker) ?? []), ...jobs])
    },
    async claim(input) {
      const looked = await store.claim({ ...input, limit: 0 })
      if (looked.held !== undefined) return looked
      const mine = aside.get(input.worker) ?? []
      aside.delete(input.worker)
      return { jobs: await claim(mine, input), more: false }
    },
    ...others(aside),
  }
}

/** Stores that wait wrongly, or lose what they set aside. */
export const waitingFaults: readonly Fault[] = [
  fault(
    'never wakes a waiter',
    `wait/there-is-one wait/push wait/promotion wait/retry wait/release wait/reap wait/redrive wait/reschedule
     wait/each-name wait/each-waiter wait/again wait/other-handle`,
    ({ store }) => ({ waitForReady: (input) => store.waitForReady({ ...input, name: `not ${input.name}` }) }),
  ),
  fault('does not look before it waits', 'wait/there-is-one', ({ store }) => ({
    async waitForReady(input) {
      const { ready = 0 } = (await store.counts({ names: [input.name] }))[0] ?? {}
      return store.waitForReady(ready > 0 ? { ...input, name: `not ${input.name}` } : input)
    },
  })),
  fault('waits ten times as long as it is told', 'wait/timeout', ({ store }) => ({
    waitForReady: (input) => store.waitForReady({ ...input, timeoutMs: input.timeoutMs * 10 }),
  })),
  fault('ignores the signal of a wait', 'wait/abort wait/aborted-before wait/again', ({ store }) => ({
    waitForReady: (input) => store.waitForReady({ ...input, signal: new AbortController().signal }),
  })),
  fault('rejects a wait that is aborted', 'wait/abort wait/aborted-before', ({ store }) => ({
    async waitForReady(input) {
      await store.waitForReady(input)
      input.signal.throwIfAborted()
    },
  })),
  fault(
    'loses a popped job with its worker',
    `set-aside/vanished-worker set-aside/leave set-aside/comes-back-once set-aside/is-ready set-aside/cancelled
     handles/vanished-waiter`,
    (sound) =>
      settingAside(sound, async (mine, input) => {
        const limit = Math.max(0, input.limit - mine.length)
        return [...mine, ...(await sound.store.claim({ ...input, limit })).jobs]
      }),
  ),
  fault('hands out a popped job last', 'set-aside/claimed-first set-aside/within-the-limit', (sound) =>
    settingAside(sound, async (mine, input) => [...(await sound.store.claim(input)).jobs, ...mine]),
  ),
  fault('counts a popped job beside the limit', 'set-aside/within-the-limit', (sound) =>
    settingAside(sound, async (mine, input) => [...mine, ...(await sound.store.claim(input)).jobs]),
  ),
  fault('pops again while it is being aborted', 'set-aside/exactly-once set-aside/aborted-wait', (sound) => {
    const taken: ClaimedJob[] = []
    return settingAside(sound, async (mine, input) => {
      taken.push(...mine)
      return [...taken, ...(await sound.store.claim(input)).jobs]
    })
  }),
  fault(
    'goes on popping for a waiter that has gone',
    'set-aside/aborted-wait scenario/stop-while-idle',
    ({ store }) => ({
      async waitForReady(input) {
        const popping = store.waitForReady({ ...input, signal: new AbortController().signal }).then(async () => {
          if (input.signal.aborted) await store.claim({ ...input, limit: 1, leaseMs: 10 ** 12 })
        })
        const aborted = new Promise<void>((resolve) => {
          if (input.signal.aborted) resolve()
          input.signal.addEventListener('abort', () => resolve())
        })
        await Promise.race([popping, aborted])
      },
    }),
  ),
  fault('gives a popped job back to the tail', 'set-aside/vanished-worker set-aside/leave', (sound) =>
    settingAside(
      sound,
      async (mine, input) => [...mine, ...(await sound.store.claim(input)).jobs],
      (aside) => {
        const giveBack = async (): Promise<void> => {
          for (const job of [...aside.values()].flat()) {
            await sound.store.settle({ entries: [{ lease: job, settlement: { type: 'released', delayMs: 0 } }] })
          }
          aside.clear()
        }
        return {
          leave: giveBack,
          reap: async (input) => (await giveBack(), sound.store.reap(input)),
        }
      },
    ),
  ),
  fault('forgets a worker that vanished long ago', 'set-aside/vanished-long-ago', (sound) => {
    const since = sound.clock.now()
    return settingAside(
      sound,
      async (mine, input) => [...mine, ...(await sound.store.claim(input)).jobs],
      (aside) => ({
        async reap(input) {
          if (sound.clock.now() - since > 600_000) aside.clear()
          for (const job of [...aside.values()].flat()) {
            await sound.store.settle({ entries: [{ lease: job, settlement: { type: 'released', delayMs: 0 } }] })
          }
          aside.clear()
          return sound.store.reap(input)
        },
      }),
    )
  }),
  fault('leaves waits waiting when it closes', 'lifecycle/close-ends-waits', () => ({ close: async () => {} })),
  fault('cannot be closed twice', 'lifecycle/close-twice', ({ store }) => {
    let closed = false
    return {
      async close() {
        if (closed) throw new Error('the connection is closed')
        closed = true
        await store.close()
      },
    }
  }),
  fault('starts afresh when opened again', 'lifecycle/open-again', ({ store }) => {
    let opened = 0
    return {
      async open() {
        opened += 1
        const names = opened > 1 ? await store.counts({}) : []
        for (const { name } of names) {
          const { jobs } = await store.list({ name, state: 'ready', limit: 1_000 })
          await store.remove({ ids: jobs.map(({ id }) => id) })
        }
      },
    }
  }),
  fault('does not say what it is', 'lifecycle/says-what-it-is', () => ({ kind: ' ' })),
]
