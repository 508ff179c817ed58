import type { NewJob, Store } from '@goscheds/core'
import { fault, type Fault, showing, type Sound } from './fault.js'
import {
  answering,
  anyHold,
  type InnerJob,
  isPush,
  pushing,
  seeing,
  stateOf,
  telling,
  type Doing,
  waits,
} from './inside.js'

/** The unique key of a job under another name. */
function renaming(sound: Sound, rename: (key: string) => string): Partial<Store> {
  return pushing(sound, ({ unique, ...job }) =>
    unique === undefined ? job : { ...job, unique: { ...unique, key: rename(unique.key) } },
  )
}

/** A store that, in one call, sees no hold which has begun in that call. */
function blindWithinACall(sound: Sound, method: 'enqueue' | 'redrive'): Partial<Store> {
  const { store, state } = sound
  const taken = new Set<InnerJob>()
  let isWithin = false
  const take = state.keys.take.bind(state.keys)
  state.keys.take = (job, now) => {
    if (isWithin) taken.add(job)
    take(job, now)
  }
  seeing(sound, (hold) => (taken.has(hold.job) ? undefined : hold))
  const within = <T>(call: () => T): T => {
    isWithin = true
    const result = call()
    isWithin = false
    taken.clear()
    return result
  }
  return method === 'enqueue'
    ? { enqueue: (input) => within(() => store.enqueue(input)) }
    : { redrive: (input) => within(() => store.redrive(input)) }
}

/** Stores that look keys up wrongly, or forget who holds them. How they free keys is in `unique-freed.ts`. */
export const uniqueFaults: readonly Fault[] = [
  fault(
    'ignores unique keys',
    'unique/shown unique/strange-keys unique/ignore-ready unique/ignore-active unique/batch unique/thousands unique/redrive',
    (sound) => pushing(sound, ({ unique: _unique, ...job }) => job),
  ),
  fault('does not show a unique key', 'unique/shown', (sound) => showing(sound, ({ unique: _unique, ...job }) => job)),
  fault('shows the key of a job, and no more of it', 'unique/shown', (sound) =>
    showing(sound, ({ unique, ...job }) =>
      unique === undefined ? job : { ...job, unique: { key: unique.key, until: 'finished', onConflict: 'ignore' } },
    ),
  ),
  fault('shares keys between names', 'unique/other-keys', (sound) =>
    answering(sound, ({ name, unique }) => {
      if (unique === undefined) return undefined
      for (const [, { job }] of sound.state.keys.holds()) {
        if (job.name !== name && job.unique?.key === unique.key) return { status: 'duplicate', id: job.id }
      }
      return undefined
    }),
  ),
  fault('compares keys as people do', 'unique/other-keys', (sound) =>
    renaming(sound, (key) => key.trim().toLowerCase()),
  ),
  fault('keeps its keys in a plain object', 'unique/strange-keys', (sound) => {
    const keys: Record<string, string> = {}
    return answering(sound, ({ id, unique }) => {
      if (unique === undefined) return undefined
      if (unique.key in keys && !Object.hasOwn(keys, unique.key))
        return { status: 'duplicate', id: `${keys[unique.key]}` }
      keys[unique.key] = id
      return undefined
    })
  }),
  fault('keeps 255 characters of a key', 'unique/strange-keys', (sound) => renaming(sound, (key) => key.slice(0, 255))),

  fault(
    'does not see a holder that is scheduled',
    'unique/ignore-scheduled unique/replace-scheduled unique/reschedule-scheduled unique/runAgain-scheduled',
    (sound) => seeing(sound, (hold, asker) => (isPush(asker) && stateOf(hold.job) === 'scheduled' ? undefined : hold)),
  ),
  fault(
    'does not see a holder that is ready',
    'unique/ignore-ready unique/replace-ready unique/reschedule-ready unique/runAgain-ready table/enqueue-key-ignore/ready table/enqueue-key-replace/ready',
    (sound) => seeing(sound, (hold, asker) => (isPush(asker) && stateOf(hold.job) === 'ready' ? undefined : hold)),
  ),
  fault(
    'does not see a holder that is active',
    'unique/ignore-active unique/replace-active unique/reschedule-active unique/runAgain-active table/enqueue-key-ignore/active table/enqueue-key-run-again/active-cancel-requested',
    (sound) => seeing(sound, (hold, asker) => (isPush(asker) && stateOf(hold.job) === 'active' ? undefined : hold)),
  ),
  fault(
    'does not see a holder that has run before',
    'unique/ignore-retrying unique/replace-retrying unique/reschedule-retrying unique/runAgain-retrying unique/held-by-return',
    (sound) =>
      seeing(sound, (hold, asker) => (isPush(asker) && waits(hold.job) && hold.job.claims > 0 ? undefined : hold)),
  ),

  fault('looks at the key before the id', 'unique/id-first unique/repeated', (sound) =>
    answering(sound, async (job) => {
      if (job.unique === undefined || !sound.state.jobs.has(job.id)) return undefined
      const [outcome] = await sound.store.enqueue({ jobs: [{ ...job, id: `${job.id} again` }] })
      if (outcome?.status === 'replaced' || outcome?.status === 'rescheduled') return { ...outcome, id: job.id }
      await sound.store.remove({ ids: [`${job.id} again`] })
      return { status: 'duplicate', id: outcome?.status === 'duplicate' ? outcome.id : job.id }
    }),
  ),
  fault('names the holder of the key where the id is held', 'unique/id-first unique/repeated', (sound) => ({
    async enqueue({ jobs }) {
      const outcomes = await sound.store.enqueue({ jobs })
      const holderOf = ({ name, unique }: NewJob): string | undefined =>
        unique === undefined ? undefined : anyHold(sound.state, { name, unique })?.job.id
      return outcomes.map((outcome, index) =>
        outcome.status === 'duplicate' ? { ...outcome, id: holderOf(jobs[index] as NewJob) ?? outcome.id } : outcome,
      )
    },
  })),
  fault('looks at all keys of a call before it adds any job', 'unique/batch unique/thousands', (sound) =>
    blindWithinACall(sound, 'enqueue'),
  ),
  fault('looks at all keys of a redrive before it moves any job', 'unique/redrive-batch', (sound) =>
    blindWithinACall(sound, 'redrive'),
  ),
  fault('fails a whole call for a key that is held', 'unique/batch unique/ignore-ready', ({ store, state, clock }) => ({
    async enqueue(input) {
      const keys = new Set<string>()
      for (const { name, unique } of input.jobs) {
        if (unique === undefined) continue
        const isHeld =
          state.keys.holdOf({ name, unique }, clock.now()) !== undefined || keys.has(`${name} ${unique.key}`)
        if (isHeld && unique.onConflict === 'ignore')
          throw new Error('duplicate key value violates a unique constraint')
        keys.add(`${name} ${unique.key}`)
      }
      return store.enqueue(input)
    },
  })),
  fault('looks at the keys of the first thousand jobs of a call', 'unique/thousands', (sound) =>
    pushing(sound, ({ unique, ...job }, index) => (unique === undefined || index >= 1_000 ? job : { ...job, unique })),
  ),

  fault('redrives a job whose key is held', 'unique/redrive unique/redrive-batch table/redrive-held/dead', (sound) => {
    let doing: Doing = 'other'
    seeing(sound, (hold) => (doing === 'redrive' ? undefined : hold))
    return telling(sound, (now) => void (doing = now))
  }),
  fault('does not take the key again at a redrive', 'unique/redrive unique/redrive-batch', (sound) => {
    let doing: Doing = 'other'
    const { keys } = sound.state
    const take = keys.take.bind(keys)
    keys.take = (job, now) => {
      if (doing !== 'redrive') take(job, now)
    }
    return telling(sound, (now) => void (doing = now))
  }),
  fault('names the dead job itself where its key is held', 'unique/redrive unique/redrive-batch', ({ store }) => ({
    async redrive({ ids }) {
      const outcomes = await store.redrive({ ids })
      return outcomes.map((outcome, index) =>
        outcome.status === 'duplicate' ? { ...outcome, id: ids[index] ?? '' } : outcome,
      )
    },
  })),
]
