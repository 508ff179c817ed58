import type { ClaimResult, NameLimits, Settlement, Store } from '@goscheds/core'
import { all, fault, type Fault, type Sound } from './fault.js'
import { pushing } from './inside.js'
import { answeringClaims, controlling, countingSlots, limiting } from './inside-limits.js'

/** A store that counts slots, and forgets those of jobs that end so. */
function leaking(types: readonly Settlement['type'][]) {
  return (sound: Sound): Partial<Store> =>
    countingSlots(sound, { freed: ({ type }, { status }) => (status === 'lost' || types.includes(type) ? 0 : 1) })
}

/** `counts` that tells other limits. */
function telling(
  { store }: Sound,
  change: (limits: NameLimits, name: string) => NameLimits | undefined,
): Partial<Store> {
  return {
    async counts(input) {
      return (await store.counts(input)).map(({ limits, ...counts }) => {
        const told = limits && change(limits, counts.name)
        return told === undefined ? counts : { ...counts, limits: told }
      })
    },
  }
}

/** A store that claims without limits, and gives back what it may not hand out. */
function givingBack({ store, state }: Sound): Partial<Store> {
  return {
    async claim(input) {
      const { concurrency = Infinity } = state.controls.get(input.name)?.limits ?? {}
      const room = Math.max(0, concurrency - (state.names.get(input.name)?.active.size ?? 0))
      const limits = state.controls.get(input.name)?.limits ?? null
      await store.setLimits({ name: input.name, limits: null })
      const { jobs } = await store.claim({ ...input, limit: Math.min(input.limit, room + 1) })
      await store.setLimits({ name: input.name, limits })
      const surplus = jobs.slice(room)
      const settlement = { type: 'released', delayMs: 0 } as const
      await store.settle({ entries: surplus.map((lease) => ({ lease, settlement })) })
      const isHeld = room < input.limit && jobs.length >= room
      return { jobs: jobs.slice(0, room), more: false, ...(isHeld && { held: 'concurrency' }) } satisfies ClaimResult
    },
  }
}

/** Stores that count slots in a way that goes wrong, or set limits in another way than they were told. */
export const limitsFaults: readonly Fault[] = [
  fault('ignores limits', 'limits/concurrency limits/names-apart limits/replaced limits/rate', (sound) =>
    controlling(sound, (control) => {
      control.allowance = () => ({ allowed: Infinity, room: Infinity, reason: 'concurrency' })
    }),
  ),
  fault('holds each worker to the concurrency of the name', 'limits/concurrency', (sound) => {
    const workers = new Map<string, string>()
    let worker = ''
    return {
      ...controlling(sound, (control, name) => {
        const allowance = control.allowance.bind(control)
        control.allowance = (_active, now) => {
          const active = sound.state.names.get(name)?.active.sorted() ?? []
          return allowance(active.filter(({ value }) => workers.get(value.id) === worker).length, now)
        }
      }),
      async claim(input) {
        worker = input.worker
        const result = await sound.store.claim(input)
        for (const { id } of result.jobs) workers.set(id, input.worker)
        return result
      },
    }
  }),
  fault('looks how many slots are free, and claims later', 'limits/concurrency-at-once', (sound) =>
    countingSlots(sound),
  ),
  fault('claims what it may not hand out, and puts it back', 'limits/order limits/priority-turns', givingBack),
  fault('forgets priorities under a limit', 'limits/priority', (sound) => {
    const asked = new Map<string, number>()
    return {
      ...pushing(sound, ({ priority, ...job }) => {
        if (priority !== undefined) asked.set(job.id, priority)
        return sound.state.controls.has(job.name) || priority === undefined ? job : { ...job, priority }
      }),
      async get(input) {
        return (await sound.store.get(input)).map((job) => {
          const priority = asked.get(job?.id ?? '')
          return job === null || priority === undefined || priority === 0 ? job : { ...job, priority }
        })
      },
    }
  }),
  fault('counts a turn of priorities with each claim that is held', 'limits/priority-turns', (sound) =>
    answeringClaims(sound, (result, { name }) => {
      if (result.held !== undefined) sound.state.name(name).ready.next()
      return result
    }),
  ),
  fault('takes the limits of one name for those of all', 'limits/names-apart', (sound) =>
    controlling(sound, (control) => {
      const allowance = control.allowance.bind(control)
      control.allowance = (active, now) => {
        const all = [...sound.state.controls.values()].map(({ limits }) => limits?.concurrency ?? Infinity)
        const own = allowance(active, now)
        return { ...own, allowed: Math.min(own.allowed, Math.max(0, Math.min(...all) - active)) }
      }
    }),
  ),
  fault('counts the active jobs of all names together', 'limits/names-apart', (sound) =>
    controlling(sound, (control) => {
      const allowance = control.allowance.bind(control)
      control.allowance = (_active, now) => {
        const active = [...sound.state.names.values()].map((name) => name.active.size)
        return allowance(
          active.reduce((sum, size) => sum + size, 0),
          now,
        )
      }
    }),
  ),

  fault(
    'forgets to free the slot of a job that is completed',
    'limits/freed-by-completed limits/freed-by-completed-and-kept',
    leaking(['completed']),
  ),
  fault(
    'frees the slot of a completed job that is kept when it is pruned',
    'limits/freed-by-completed-and-kept',
    (sound) =>
      countingSlots(sound, {
        freed: (settlement, { status }) =>
          status === 'lost' || (settlement.type === 'completed' && settlement.retentionMs > 0) ? 0 : 1,
      }),
  ),
  fault(
    'forgets to free the slot of a job that fails',
    'limits/freed-by-retry limits/freed-by-delayed-retry',
    leaking(['retry']),
  ),
  fault('forgets to free the slot of a job that dies', 'limits/freed-by-dead', leaking(['dead'])),
  fault(
    'forgets to free the slot of a job that is given back',
    'limits/freed-by-release limits/freed-by-delayed-release',
    leaking(['released']),
  ),
  fault('forgets to free the slot of a job that is cancelled', 'limits/freed-by-cancelled', leaking(['cancelled'])),
  fault('never frees the slot of a worker that has vanished', 'limits/crash-leaks-nothing', (sound) =>
    countingSlots(sound, { freedByReap: 0 }),
  ),
  fault('counts no lease that has run out', 'limits/crash-leaks-nothing', (sound) =>
    controlling(sound, (control, name) => {
      const allowance = control.allowance.bind(control)
      control.allowance = (_active, now) => {
        const active = sound.state.names.get(name)?.active.sorted() ?? []
        return allowance(active.filter(({ at }) => at > now).length, now)
      }
    }),
  ),
  fault('frees a slot with each repeat of a settlement', 'limits/repeated-settle', (sound) =>
    countingSlots(sound, { freed: () => 1 }),
  ),
  fault('frees the slot when a cancel is asked for', 'limits/cancel-request', (sound) =>
    countingSlots(sound, { freedByCancel: 1 }),
  ),
  fault('does not count what was active before the limit', 'limits/change-while-running', (sound) =>
    countingSlots(sound, { beginsAnew: true }),
  ),

  fault('adds new limits to those that were there', 'limits/replaced limits/counts', (sound) =>
    limiting(sound, ({ name, limits }) => ({
      name,
      limits: limits && { ...sound.state.controls.get(name)?.limits, ...limits },
    })),
  ),
  fault('keeps the limits when it is told that there are none', 'limits/change-while-running limits/counts', (sound) =>
    limiting(sound, (input) => (input.limits === null ? null : input)),
  ),
  fault('takes no limits at all for nothing new', 'limits/replaced', (sound) =>
    limiting(sound, (input) => (Object.keys(input.limits ?? { any: 1 }).length === 0 ? null : input)),
  ),
  fault('sets limits once', 'limits/replaced limits/change-while-running', (sound) =>
    limiting(sound, (input) => (sound.state.controls.has(input.name) ? null : input)),
  ),
  fault('takes limits only of a name that has jobs', 'limits/before-jobs limits/counts', (sound) =>
    limiting(sound, (input) => (sound.state.names.get(input.name)?.isEmpty === false ? input : null)),
  ),
  fault('forgets the limits of a name when it is pruned', 'limits/before-jobs', (sound) => ({
    async prune(input) {
      for (const [name] of sound.state.controls) {
        if (sound.state.names.get(name)?.isEmpty !== false) sound.state.controls.delete(name)
      }
      return sound.store.prune(input)
    },
  })),

  fault('shows no limits', 'limits/counts', (sound) => telling(sound, () => undefined)),
  fault('shows no limits of groups', 'limits/counts', (sound) =>
    telling(sound, ({ perGroup: _perGroup, ...limits }) => limits),
  ),
  fault('shows what was not set as well', 'limits/counts', (sound) =>
    telling(sound, (limits) => ({ concurrency: 1_000, ...limits })),
  ),
  fault('shows no limits where there is no job', 'limits/counts', (sound) =>
    telling(sound, (limits, name) => (sound.state.names.get(name)?.isEmpty === false ? limits : undefined)),
  ),
  fault('counts a limited name among those that have jobs', 'limits/counts', ({ store, state }) => ({
    async counts({ names }) {
      const known = (await store.counts({})).map(({ name }) => name)
      return store.counts({ names: names ?? [...known, ...state.controls.keys()] })
    },
  })),

  fault('hints at no limits', 'limits/hint', (sound) => hinting(sound, () => null)),
  fault('hints at limits without the name', 'limits/hint', (sound) => hinting(sound, () => ({ type: 'control' }))),
  fault('hints at limits, and not at their end', 'limits/hint', (sound) => {
    let isEnd = false
    return {
      ...hinting(sound, (hint) => (isEnd ? null : hint)),
      async setLimits(input) {
        isEnd = input.limits === null
        await sound.store.setLimits(input)
      },
    }
  }),

  fault('counts a job that expires among those that it may hand out', 'limits/expired', ({ store, state, clock }) => ({
    async claim(input) {
      const { length } = (await all(store, 'ready')).filter(({ name }) => name === input.name)
      const active = state.names.get(input.name)?.active.size ?? 0
      const { allowed = Infinity } = state.controls.get(input.name)?.allowance(active, clock.now()) ?? {}
      const head = (await store.list({ name: input.name, state: 'ready', limit: Math.min(length, allowed, 100) + 1 }))
        .jobs
      const expired = head.slice(0, allowed).filter(({ expiresAt = Infinity }) => expiresAt <= clock.now())
      if (expired.length === 0) return store.claim(input)
      await store.remove({ ids: expired.map(({ id }) => id) })
      return { jobs: [], more: false, held: 'concurrency' }
    },
  })),
]

function hinting({ store }: Sound, change: (hint: Control) => Control | null): Partial<Store> {
  return {
    subscribe: (listener, of) =>
      store.subscribe((hint) => {
        const heard = hint.type === 'control' ? change(hint) : hint
        if (heard !== null) listener(heard)
      }, of),
  }
}

type Control = Extract<Parameters<Parameters<Store['subscribe']>[0]>[0], { readonly type: 'control' }>
