import type { Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { type Doing, type InnerJob, stateOf, telling } from './inside.js'

/** A store that lets those that are parked wait on, by what it is doing. */
function strandingBuffered(sound: Sound, when: (doing: Doing, job: InnerJob) => boolean): Partial<Store> {
  const { keys } = sound.state
  const free = keys.free.bind(keys)
  let doing: Doing = 'other'
  keys.free = (job) => {
    const next = free(job)
    return when(doing, job) ? undefined : next
  }
  return telling(sound, (now) => void (doing = now))
}

/** Stores in which what a fire has buffered never runs, or too soon. */
export const bufferedFaults: readonly Fault[] = [
  fault(
    'leaves what is buffered parked when the run completes',
    'overlap/freed-by-completed overlap/freed-by-completed-kept overlap/one-after-another overlap/wakes overlap/holds',
    (sound) => strandingBuffered(sound, (doing) => doing === 'completed'),
  ),
  fault('leaves what is buffered parked when the run is dead', 'overlap/freed-by-dead', (sound) =>
    strandingBuffered(sound, (doing) => doing === 'dead'),
  ),
  fault('leaves what is buffered parked when the run ends as cancelled', 'overlap/freed-by-cancelled', (sound) =>
    strandingBuffered(sound, (doing) => doing === 'cancelled'),
  ),
  fault('leaves what is buffered parked when a cancel overrules a retry', 'overlap/freed-by-retry-cancelled', (sound) =>
    strandingBuffered(sound, (doing) => doing === 'retry'),
  ),
  fault(
    'leaves what is buffered parked when the reaper ends the run',
    'overlap/freed-by-reap-dead overlap/freed-by-reap-cancelled overlap/freed-by-reap-expired',
    (sound) => strandingBuffered(sound, (doing) => doing === 'reap'),
  ),
  fault('leaves what is buffered parked when the run expires at a claim', 'overlap/freed-by-claim-expired', (sound) =>
    strandingBuffered(sound, (doing) => doing === 'claim'),
  ),
  fault('leaves what is buffered parked when the run is cancelled', 'overlap/freed-by-cancel', (sound) =>
    strandingBuffered(sound, (doing) => doing === 'cancel'),
  ),
  fault('leaves what is buffered parked when the run is removed', 'overlap/freed-by-remove', (sound) =>
    strandingBuffered(sound, (doing) => doing === 'remove'),
  ),
  fault('makes what is buffered ready when the run is retried', 'overlap/not-freed', (sound) => ({
    async settle(input) {
      const outcomes = await sound.store.settle(input)
      for (const { lease } of input.entries) {
        const job = sound.state.jobs.get(lease.id)
        const next = job && stateOf(job) === 'ready' ? sound.state.keys.firstParked(job) : undefined
        if (next !== undefined) await sound.store.remove({ ids: [next.id] })
      }
      return outcomes
    },
  })),
  fault('runs the last that was buffered first', 'overlap/one-after-another', ({ state: { keys } }) => {
    const free = keys.free.bind(keys)
    keys.free = (job) => (free(job) === undefined ? undefined : keys.parkedBehind(job).at(-1))
    return {}
  }),
  fault('gives no key to what was buffered', 'overlap/holds overlap/one-after-another', (sound) => {
    const { keys } = sound.state
    const take = keys.take.bind(keys)
    let isSettling = false
    keys.take = (job, now) => {
      if (!isSettling) take(job, now)
    }
    return {
      settle(input) {
        isSettling = true
        const outcomes = sound.store.settle(input)
        isSettling = false
        return outcomes
      },
    }
  }),
]
