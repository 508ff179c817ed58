import type { ClaimedJob, ClaimResult, NameCounts, Store, StoreHint, StoreInput } from '@goscheds/core'
import { all, fault, type Fault, type Sound } from './fault.js'
import { popping } from './popping.js'

type Pause = StoreInput<'setPaused'>

/** `setPaused` that takes each call for others. */
function pausing(
  { store }: Sound,
  change: (input: Pause) => readonly Pause[] | Promise<readonly Pause[]>,
): Partial<Store> {
  return {
    async setPaused(input) {
      for (const one of await change(input)) await store.setPaused(one)
    },
  }
}

/** What is paused: the names, and the empty one for the namespace. */
function noting({ store }: Sound, others: (paused: Set<string>) => Partial<Store>): Partial<Store> {
  const paused = new Set<string>()
  return {
    async setPaused(input) {
      for (const name of input.names ?? ['']) {
        if (input.paused) paused.add(name)
        else paused.delete(name)
      }
      return store.setPaused(input)
    },
    ...others(paused),
  }
}

/** A claim that takes no notice of a pause. */
async function claimPaused({ store, state }: Sound, input: StoreInput<'claim'>): Promise<ClaimResult> {
  const { isPaused } = state
  const wasPaused = state.pausedNames.delete(input.name)
  state.isPaused = false
  const result = await store.claim(input)
  state.isPaused = isPaused
  if (wasPaused) state.pausedNames.add(input.name)
  return result
}

/** `subscribe` that passes on what is left of the hints of pauses and resumes. */
function hinting({ store }: Sound, change: (hint: Control) => StoreHint | null): Partial<Store> {
  return {
    subscribe: (listener, of) =>
      store.subscribe((hint) => {
        const heard = hint.type === 'control' ? change(hint) : hint
        if (heard !== null) listener(heard)
      }, of),
  }
}

type Control = Extract<StoreHint, { readonly type: 'control' }>

/** Stores that pause too much or too little, strand jobs, or keep a pause to themselves. */
export const pausingFaults: readonly Fault[] = [
  fault('takes a pause and goes on', 'pause/name pause/namespace pause/apart pause/repeated pause/counts', () => ({
    setPaused: async () => {},
  })),
  fault('pauses every name with one', 'pause/name pause/apart pause/counts', (sound) =>
    pausing(sound, ({ paused }) => [{ paused }]),
  ),
  fault('pauses of a namespace the names that have jobs', 'pause/namespace pause/apart', (sound) =>
    pausing(sound, async ({ names, paused }) => [
      { names: names ?? (await sound.store.counts({})).map(({ name }) => name), paused },
    ]),
  ),
  fault(
    'hands nothing out, and does not say that it is paused',
    'pause/name pause/namespace table/claim-paused/ready table/claim-paused/absent',
    ({ store }) => ({
      async claim(input) {
        const { jobs, more } = await store.claim(input)
        return { jobs, more }
      },
    }),
  ),
  fault('lifts the pause of a name with that of the namespace', 'pause/apart', (sound) => {
    const known = new Set<string>()
    return pausing(sound, (input) => {
      for (const name of input.names ?? []) known.add(name)
      return input.names === undefined && !input.paused ? [{ ...input, names: [...known] }, input] : [input]
    })
  }),
  fault('lifts the pause of the namespace with that of a name', 'pause/apart', (sound) =>
    pausing(sound, (input) => (input.paused ? [input] : [input, { paused: false }])),
  ),
  fault('counts how often a name was paused', 'pause/repeated', (sound) => {
    const depths = new Map<string, number>()
    return pausing(sound, ({ names, paused }) => {
      if (names === undefined) return [{ paused }]
      for (const name of names) depths.set(name, Math.max(0, (depths.get(name) ?? 0) + (paused ? 1 : -1)))
      return names.map((name) => ({ names: [name], paused: (depths.get(name) ?? 0) > 0 }))
    })
  }),
  fault('resumes every name with one', 'pause/repeated', (sound) => {
    const known = new Set<string>()
    return pausing(sound, ({ names, paused }) => {
      for (const name of names ?? []) known.add(name)
      return names === undefined ? [{ paused }] : [{ names: paused ? names : [...known], paused }]
    })
  }),
  fault('keeps a pause of the first name given', 'pause/repeated', (sound) =>
    pausing(sound, ({ names, paused }) => [names === undefined ? { paused } : { names: names.slice(0, 1), paused }]),
  ),

  fault('gives back what runs of a name when it is paused', 'pause/running', ({ store }) => ({
    async setPaused(input) {
      await store.setPaused(input)
      if (!input.paused) return
      const running = (await all(store, 'active')).filter(({ name }) => input.names?.includes(name) ?? true)
      await store.settle({
        entries: running.map(({ id, name, generation, claims }) => ({
          lease: { id, name, fence: { generation, claim: claims } },
          settlement: { type: 'released', delayMs: 0 },
        })),
      })
    },
  })),
  fault('settles nothing of a name that is paused', 'pause/running', (sound) =>
    noting(sound, (paused) => ({
      async settle({ entries }) {
        const isHeld = entries.some(({ lease }) => paused.has(lease.name) || paused.has(''))
        return isHeld ? entries.map(() => ({ status: 'lost' })) : sound.store.settle({ entries })
      },
    })),
  ),
  fault('reaps nothing while something is paused', 'pause/running', (sound) =>
    noting(sound, (paused) => ({
      reap: async (input) => (paused.size > 0 ? { reaped: [], returned: 0, expired: [] } : sound.store.reap(input)),
    })),
  ),
  fault('promotes nothing while it is paused', 'pause/promotes', (sound) =>
    noting(sound, (paused) => ({
      promote: async (input) => (paused.has('') ? { promoted: 0, nextDueInMs: null } : sound.store.promote(input)),
    })),
  ),

  fault('shows a pause of the namespace with no name', 'pause/counts', (sound) =>
    noting(sound, (paused) => ({
      counts: async (input) =>
        (await sound.store.counts(input)).map((counts) => ({ ...counts, paused: paused.has(counts.name) })),
    })),
  ),
  fault('shows no pause where there is no job', 'pause/counts', ({ store }) => ({
    async counts(input) {
      const known = new Set((await store.counts({})).map(({ name }) => name))
      return (await store.counts(input)).map((counts) => ({
        ...counts,
        paused: counts.paused && known.has(counts.name),
      }))
    },
  })),
  fault('counts a paused name among those that have jobs', 'pause/counts', (sound) =>
    noting(sound, (paused) => ({
      async counts({ names }) {
        const known = (await sound.store.counts({})).map(({ name }) => name)
        return sound.store.counts({ names: names ?? [...known, ...paused].filter((name) => name !== '') })
      },
    })),
  ),

  fault('keeps what a worker had popped of a name that is paused', 'pause/not-stranded', (sound) => {
    const kept = new Map<string, readonly ClaimedJob[]>()
    const { claim, ...others } = popping(sound, async (_id, held, input) => {
      const { jobs } = await claimPaused(sound, { ...input, limit: 1, leaseMs: 10 ** 12 })
      kept.set(input.worker, jobs)
      return held
    })
    return {
      ...others,
      async claim(input) {
        const mine = kept.get(input.worker) ?? []
        const result = await (claim ?? sound.store.claim)(input)
        if (result.held === undefined) kept.delete(input.worker)
        return result.held === undefined ? { ...result, jobs: [...mine, ...result.jobs] } : result
      },
      async counts(input) {
        const hidden = [...kept.values()].flat()
        return (await sound.store.counts(input)).map((counts): NameCounts => {
          const count = hidden.filter(({ name }) => name === counts.name).length
          return { ...counts, ready: counts.ready + count, active: counts.active - count }
        })
      },
    }
  }),
  fault('loses what a worker had popped of a name that is paused', 'pause/not-stranded', (sound) =>
    popping(sound, async (id, held) => {
      await sound.store.remove({ ids: [id] })
      return held
    }),
  ),
  fault('hands out what was popped before the pause', 'pause/not-stranded', (sound) =>
    popping(sound, (_id, _held, input) => claimPaused(sound, { ...input, limit: 1 })),
  ),
  fault('gives what was popped before the pause back to the tail', 'pause/not-stranded', (sound) =>
    popping(sound, async (id, held) => {
      await sound.store.reschedule({ entries: [{ id, delayMs: 0 }] })
      return held
    }),
  ),

  fault('hints at no pause, only at a resume', 'pause/hint', (sound) => {
    let isPausing = false
    return {
      ...hinting(sound, (hint) => (isPausing ? null : hint)),
      async setPaused(input) {
        isPausing = input.paused
        await sound.store.setPaused(input)
      },
    }
  }),
  fault('does not say which name is paused', 'pause/hint', (sound) => hinting(sound, () => ({ type: 'control' }))),
  fault('hints at a pause of the namespace with each of its names', 'pause/hint', (sound) =>
    hinting(sound, (hint) => ({ name: 'email', ...hint })),
  ),
  fault('hints at the first of the names that are paused', 'pause/hint', (sound) => {
    let told = false
    return {
      ...hinting(sound, (hint) => (told ? null : ((told = true), hint))),
      async setPaused(input) {
        told = false
        await sound.store.setPaused(input)
      },
    }
  }),
]
