import type { SettleEntry, Store, StoreHint } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'

type Listener = (hint: StoreHint) => void

/** A store that says nothing of the ends that come in certain calls. */
function mute(
  { store }: Sound,
  calls: (silently: <T>(call: () => Promise<T>) => Promise<T>) => Partial<Store>,
): Partial<Store> {
  let isMute = false
  return {
    subscribe: (listener, of) =>
      store.subscribe((hint) => {
        if (!isMute || hint.type !== 'finished') listener(hint)
      }, of),
    ...calls(async (call) => {
      isMute = true
      const result = await call()
      isMute = false
      return result
    }),
  }
}

/** A store that says nothing of the ends that workers bring about in certain ways. */
function muteOf(sound: Sound, isSo: (entry: SettleEntry) => boolean): Partial<Store> {
  return mute(sound, (silently) => ({
    settle: (input) =>
      input.entries.some(isSo) ? silently(() => sound.store.settle(input)) : sound.store.settle(input),
  }))
}

/** A store that tells certain subscribers of the ends that workers bring about. */
function telling(
  { store }: Sound,
  tell: (ended: SettleEntry, listeners: ReadonlyMap<Listener, string | undefined>) => void,
): Partial<Store> {
  const listeners = new Map<Listener, string | undefined>()
  return {
    async subscribe(listener, of) {
      const unsubscribe = await store.subscribe(listener, of)
      listeners.set(listener, of?.job)
      return async () => {
        listeners.delete(listener)
        await unsubscribe()
      }
    },
    async settle(input) {
      const outcomes = await store.settle(input)
      for (const [index, outcome] of outcomes.entries()) {
        const entry = input.entries[index]
        const isEnd = outcome.status === 'settled' && ['completed', 'dead', 'cancelled'].includes(outcome.state)
        if (entry !== undefined && isEnd) tell(entry, listeners)
      }
      return outcomes
    },
  }
}

const ofEnds = 'finished/completed finished/dead finished/cancelled finished/dead-without-trace finished/by-the-store'

/** Stores that tell of the ends of jobs too little, too much, or too soon. */
export const finishingFaults: readonly Fault[] = [
  fault('tells of no end', `${ofEnds} kept/finished-expired`, ({ store }) => ({
    subscribe: async (listener, of) => (of === undefined ? store.subscribe(listener) : async () => {}),
  })),
  fault('tells of no completion', 'finished/completed', (sound) =>
    muteOf(sound, ({ settlement }) => settlement.type === 'completed'),
  ),
  fault('tells of no death', 'finished/dead finished/dead-without-trace', (sound) =>
    muteOf(sound, ({ settlement }) => settlement.type === 'dead'),
  ),
  fault('tells of no job that its worker ends as cancelled', 'finished/cancelled', (sound) =>
    muteOf(sound, ({ settlement }) => settlement.type === 'cancelled'),
  ),
  fault('tells only of ends that are kept', 'finished/dead-without-trace', (sound) =>
    muteOf(sound, ({ settlement }) => 'retentionMs' in settlement && settlement.retentionMs === 0),
  ),
  fault('tells of no job that is cancelled while it waits', 'finished/by-the-store', (sound) =>
    mute(sound, (silently) => ({ cancel: (input) => silently(() => sound.store.cancel(input)) })),
  ),
  fault('tells of no removal', 'finished/by-the-store', (sound) =>
    mute(sound, (silently) => ({ remove: (input) => silently(() => sound.store.remove(input)) })),
  ),
  fault('tells of nothing that the reaper ends', 'finished/by-the-store kept/finished-expired', (sound) =>
    mute(sound, (silently) => ({ reap: (input) => silently(() => sound.store.reap(input)) })),
  ),
  fault('tells of no job that another replaces', 'kept/finished-replaced', (sound) =>
    mute(sound, (silently) => ({ enqueue: (input) => silently(() => sound.store.enqueue(input)) })),
  ),
  fault('does not say which job has ended', `${ofEnds} kept/finished-expired`, ({ store }) => ({
    subscribe: (listener, of) =>
      store.subscribe((hint) => listener(hint.type === 'finished' ? { type: 'finished', id: '' } : hint), of),
  })),
  fault(
    'tells of an end before it has happened',
    'finished/completed finished/dead finished/cancelled finished/dead-without-trace',
    ({ store }) => {
      const listeners = new Set<readonly [Listener, string]>()
      return {
        async subscribe(listener, of) {
          if (of === undefined) return store.subscribe(listener)
          const own = [listener, of.job] as const
          listeners.add(own)
          return async () => void listeners.delete(own)
        },
        async settle(input) {
          for (const { lease, settlement } of input.entries) {
            if (!('retentionMs' in settlement)) continue
            for (const [listener, job] of listeners) if (job === lease.id) listener({ type: 'finished', id: job })
          }
          return store.settle(input)
        },
      }
    },
  ),

  fault('tells whoever waits for a job of every end', 'finished/of-that-job-only', (sound) =>
    telling(sound, ({ lease }, listeners) => {
      for (const [listener, job] of listeners) {
        if (job !== undefined && job !== lease.id) listener({ type: 'finished', id: lease.id })
      }
    }),
  ),
  fault(
    'tells whoever waits for a job of all that is due or to be cancelled',
    'finished/of-that-job-only',
    ({ store }) => ({
      async subscribe(listener, of) {
        const unsubscribe = await store.subscribe(listener, of)
        const unsubscribeAll = of === undefined ? unsubscribe : await store.subscribe(listener)
        return async () => {
          await unsubscribe()
          await unsubscribeAll()
        }
      },
    }),
  ),
  fault('tells of a completion that leaves no trace', 'finished/of-that-job-only', (sound) =>
    telling(sound, ({ lease, settlement }, listeners) => {
      if (settlement.type !== 'completed' || settlement.retentionMs > 0) return
      for (const [listener, job] of listeners) if (job === lease.id) listener({ type: 'finished', id: job })
    }),
  ),
  fault('tells every subscriber of the ends of jobs', 'finished/not-for-others', (sound) =>
    telling(sound, ({ lease }, listeners) => {
      for (const [listener, job] of listeners) if (job === undefined) listener({ type: 'finished', id: lease.id })
    }),
  ),
]

let isElsewhere = false

/** A store whose handles share their jobs, and of which each tells only of what it does itself. */
export const deafHandles: Fault = {
  ...fault(
    'tells of nothing that another handle does',
    'finished/other-handle subscribe/other-handle',
    ({ store }) => ({
      subscribe: (listener, of) =>
        store.subscribe((hint) => {
          if (!isElsewhere) listener(hint)
        }, of),
    }),
  ),
  otherHandles: ({ store }) => {
    const elsewhere = async <T>(call: () => Promise<T>): Promise<T> => {
      isElsewhere = true
      const result = await call()
      isElsewhere = false
      return result
    }
    return {
      enqueue: (input) => elsewhere(() => store.enqueue(input)),
      cancel: (input) => elsewhere(() => store.cancel(input)),
      settle: (input) => elsewhere(() => store.settle(input)),
    }
  },
}
