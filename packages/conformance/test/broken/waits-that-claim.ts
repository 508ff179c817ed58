import type { ClaimedJob, Store, StoreInput, WaitedClaim } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'

type Claiming = (input: StoreInput<'claim'>, wait: StoreInput<'waitForReady'>) => Promise<WaitedClaim | void>

/** A store that claims right away when a wait is over which is to claim, and nothing after an abort. */
export function claimingWhenReady({ store, clock }: Sound, claiming?: Claiming): Partial<Store> {
  return {
    async waitForReady(input) {
      const begunAt = clock.now()
      await store.waitForReady(input)
      if (input.claim === undefined) return
      const claim = { name: input.name, worker: input.worker, ...input.claim }
      if (claiming !== undefined) return claiming(claim, input)
      if (input.signal.aborted) return
      return { ...(await store.claim(claim)), waitedMs: clock.now() - begunAt }
    },
  }
}

/** Of a wait that was not aborted. */
function unlessAborted(claiming: (input: StoreInput<'claim'>) => Promise<WaitedClaim | void>): Claiming {
  return async (claim, { signal }) => (signal.aborted ? undefined : claiming(claim))
}

/** The first jobs of the queue as if they had been claimed. */
async function peekAt(store: Store, { name, limit }: StoreInput<'claim'>): Promise<ClaimedJob[]> {
  const { jobs } = await store.list({ name, state: 'ready', limit })
  return jobs.map((job) => ({
    ...job,
    fence: { generation: job.generation, claim: job.claims + 1 },
    claimedAt: job.executeAt,
  }))
}

/** Stores that claim wrongly when a wait is over. */
export const waitsThatClaimFaults: readonly Fault[] = [
  fault(
    'claims when a wait is over and does not tell',
    'wait-claims/brings-or-leaves wait-claims/pushed wait-claims/limit wait-claims/exactly-once',
    (sound) =>
      claimingWhenReady(
        sound,
        unlessAborted(async (claim) => void (await sound.store.claim(claim))),
      ),
  ),
  fault(
    'shows a waiter the jobs without a lease',
    `wait-claims/brings-or-leaves wait-claims/pushed wait-claims/lease-is-current wait-claims/is-active
     wait-claims/lease-of-its-own wait-claims/limit wait-claims/exactly-once`,
    (sound) =>
      claimingWhenReady(
        sound,
        unlessAborted(async (claim) => ({ jobs: await peekAt(sound.store, claim), more: false, waitedMs: 0 })),
      ),
  ),
  fault('brings a waiter all there is', 'wait-claims/limit', (sound) =>
    claimingWhenReady(
      sound,
      unlessAborted(async (claim) => ({ ...(await sound.store.claim({ ...claim, limit: 1_000 })), waitedMs: 0 })),
    ),
  ),
  fault(
    'gives what a wait brings back to the queue as well',
    'wait-claims/lease-is-current wait-claims/is-active',
    (sound) =>
      claimingWhenReady(
        sound,
        unlessAborted(async (claim) => {
          const result = await sound.store.claim(claim)
          const entries = result.jobs.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 0 } as const }))
          await sound.store.settle({ entries })
          return { ...result, waitedMs: 0 }
        }),
      ),
  ),
  fault('lets the leases that a wait brings begin with the wait', 'wait-claims/lease-of-its-own', (sound) => {
    const { store, clock } = sound
    return {
      async waitForReady(input) {
        const begunAt = clock.now()
        await store.waitForReady(input)
        if (input.claim === undefined || input.signal.aborted) return
        const waitedMs = clock.now() - begunAt
        const leaseMs = Math.max(1, input.claim.leaseMs - waitedMs)
        return { ...(await store.claim({ ...input, ...input.claim, leaseMs })), waitedMs }
      },
    }
  }),
  fault('brings the same job to every waiter', 'wait-claims/exactly-once', (sound) => {
    let last: readonly ClaimedJob[] = []
    return claimingWhenReady(sound, async (claim) => {
      const { jobs, ...rest } = await sound.store.claim(claim)
      if (jobs.length > 0) last = jobs
      return { ...rest, jobs: last, waitedMs: 0 }
    })
  }),
  fault('claims for a waiter that has gone', 'wait-claims/aborted', (sound) =>
    claimingWhenReady(sound, async (claim, { signal }) => {
      const result = await sound.store.claim(claim)
      return signal.aborted ? undefined : { ...result, waitedMs: 0 }
    }),
  ),
  fault('goes on waiting to claim after the time-out', 'wait-claims/timed-out', (sound) =>
    claimingWhenReady(sound, async (claim, { signal }) => {
      const result = await sound.store.claim(claim)
      const isOver = result.jobs.length > 0 || signal.aborted
      if (!isOver) {
        const again = sound.store.waitForReady({ ...claim, timeoutMs: 60_000, signal })
        void again.then(() => sound.store.claim(claim))
      }
      return { ...result, waitedMs: 0 }
    }),
  ),
  fault('claims past a pause when a wait is over', 'wait-claims/paused', (sound) =>
    claimingWhenReady(sound, async (claim) => {
      const names = [claim.name]
      await sound.store.setPaused({ names, paused: false })
      const result = await sound.store.claim(claim)
      await sound.store.setPaused({ names, paused: true })
      return { ...result, waitedMs: 0 }
    }),
  ),
  fault('says that it waited a minute longer than it did', 'wait-claims/waited', (sound) => {
    const methods = claimingWhenReady(sound)
    return {
      async waitForReady(input) {
        const answer = await methods.waitForReady?.(input)
        return answer && { ...answer, waitedMs: answer.waitedMs + 60_000 }
      },
    }
  }),
]
