import type { ClaimedJob, Lease, Store } from '@goscheds/core'
import { type Defect, defect, type Sound } from './defect.js'

const DAY_MS = 86_400_000

/**
 * A store that sets a job aside for the worker that waits, as Redis does, and gives back what a worker left behind when
 * it signs off, but not what one left that has crashed.
 */
export const forgetfulInbox: Defect = {
  ...defect('forgets what it has set aside for a worker that crashed', 'G7', setAside),
  setsAside: true,
}

function setAside({ store, clock }: Sound): Partial<Store> {
  const inboxes = new Map<string, ClaimedJob[]>()
  const inboxOf = (worker: string, name: string): ClaimedJob[] => {
    const key = `${worker} ${name}`
    const inbox = inboxes.get(key) ?? []
    inboxes.set(key, inbox)
    return inbox
  }
  const giveBack = (leases: readonly Lease[]): Promise<unknown> =>
    store.settle({ entries: leases.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 0 } })) })
  return {
    async waitForReady(input) {
      const { worker, name, signal } = input
      await store.waitForReady(input)
      if (signal.aborted) return
      const { jobs: ready } = await store.list({ name, state: 'ready', limit: 1_000 })
      // What can expire must not be handed out later than it was claimed.
      if (ready.some(({ expiresAt }) => expiresAt !== undefined)) return
      const { jobs } = await store.claim({ name, worker, limit: 1, leaseMs: DAY_MS })
      inboxOf(worker, name).push(...jobs)
    },
    async claim(input) {
      const { worker, name, limit, leaseMs } = input
      const popped = inboxOf(worker, name).splice(0, limit)
      const { held } = await store.claim({ ...input, limit: 0 })
      if (held !== undefined) {
        await giveBack(popped)
        return { jobs: [], more: false, held }
      }
      await store.extend({ leases: popped, leaseMs })
      const claimedAt = Math.floor(clock.now)
      const rest = await store.claim({ ...input, limit: limit - popped.length })
      return { ...rest, jobs: [...popped.map((job) => ({ ...job, claimedAt })), ...rest.jobs] }
    },
    async leave(input) {
      for (const [key, inbox] of inboxes) {
        if (!key.startsWith(`${input.worker} `)) continue
        await giveBack(inbox.splice(0))
      }
      await store.leave(input)
    },
  }
}
