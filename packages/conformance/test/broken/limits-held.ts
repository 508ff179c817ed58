import type { ClaimResult, Store, StoreInput } from '@goscheds/core'
import { fault, type Fault, settling, type Sound } from './fault.js'
import { answeringClaims, controlling, type InnerControl } from './inside-limits.js'
import { popping } from './popping.js'

/** `settle` that asks for other holds; `undefined` for none. */
function holding(sound: Sound, change: (holdNameMs: number, delayMs: number) => number | undefined): Partial<Store> {
  return settling(sound, (settlement) => {
    if (settlement.type !== 'released' || settlement.holdNameMs === undefined) return settlement
    const { holdNameMs, ...rest } = settlement
    const changed = change(holdNameMs, settlement.delayMs)
    return changed === undefined ? rest : { ...rest, holdNameMs: changed }
  })
}

/** A store that keeps holds in a way of its own. `keep` gets until when the name was held before. */
function keepingHolds(
  sound: Sound,
  keep: (control: InnerControl, until: number, outcome: { readonly status: string; readonly state?: string }) => void,
): Partial<Store> {
  const { store, state, clock } = sound
  const { settle = store.settle.bind(store) } = holding(sound, () => undefined)
  return {
    async settle({ entries }) {
      const outcomes = await settle({ entries })
      for (const [place, { lease, settlement }] of entries.entries()) {
        if (settlement.type !== 'released' || settlement.holdNameMs === undefined) continue
        keep(state.control(lease.name), clock.now() + settlement.holdNameMs, outcomes[place] ?? { status: 'lost' })
      }
      return outcomes
    },
  }
}

function keepSoundly(control: InnerControl, until: number): void {
  control.heldUntil = Math.max(control.heldUntil, until)
}

const everyReason = 'limits/not-stranded-hold limits/not-stranded-concurrency limits/not-stranded-rate'

/** `claim` that says something else of why and how long a name is held. */
function saying(
  sound: Sound,
  change: (result: ClaimResult, control: InnerControl | undefined, input: StoreInput<'claim'>) => ClaimResult,
): Partial<Store> {
  return answeringClaims(sound, (result, input) => change(result, sound.state.controls.get(input.name), input))
}

function unheld({ jobs, more }: ClaimResult): ClaimResult {
  return { jobs, more }
}

/** Stores that hold names for too long, too short, or at the wrong time, or tell of it wrongly. */
export const limitsHeldFaults: readonly Fault[] = [
  fault('knows no holds', 'limits/hold limits/hold-longer table/claim-on-hold/ready', (sound) =>
    holding(sound, () => undefined),
  ),
  fault('holds every name at once', 'limits/hold', (sound) =>
    keepingHolds(sound, (_control, until, { status }) => {
      if (status === 'lost') return
      for (const name of sound.state.names.keys()) keepSoundly(sound.state.control(name), until)
    }),
  ),
  fault('ends a hold a little too early', 'limits/hold-exactly', (sound) => holding(sound, (ms) => ms - 1)),
  fault('ends a hold a little too late', 'limits/hold-exactly', (sound) => holding(sound, (ms) => ms + 1)),
  fault('holds the name until the job is due', 'limits/hold-and-delay', (sound) =>
    holding(sound, (ms, delayMs) => Math.max(ms, delayMs)),
  ),
  fault('holds the name no longer than the job', 'limits/hold', (sound) =>
    holding(sound, (ms, delayMs) => Math.min(ms, delayMs)),
  ),
  fault('lets the last hold stand', 'limits/hold-later-stays', (sound) =>
    keepingHolds(sound, (control, until) => void (control.heldUntil = until)),
  ),
  fault('lets the first hold stand', 'limits/hold-longer', (sound) =>
    keepingHolds(sound, (control, until) => {
      if (control.heldUntil <= sound.clock.now()) control.heldUntil = until
    }),
  ),
  fault('adds holds up', 'limits/hold-longer limits/hold-later-stays', (sound) =>
    keepingHolds(sound, (control, until) => {
      const now = sound.clock.now()
      control.heldUntil = Math.max(control.heldUntil, now) + until - now
    }),
  ),
  fault('ends a hold when a job is given back without one', 'limits/hold-later-stays', ({ store, state }) => ({
    settle({ entries }) {
      for (const { lease, settlement } of entries) {
        if (settlement.type === 'released' && settlement.holdNameMs === undefined) {
          state.control(lease.name).heldUntil = -Infinity
        }
      }
      return store.settle({ entries })
    },
  })),
  fault('forgets the hold that a cancelled job asks for', 'limits/hold-when-cancelled', (sound) =>
    keepingHolds(sound, (control, until, { state }) => {
      if (state !== 'cancelled') keepSoundly(control, until)
    }),
  ),
  fault('holds a name though the lease is lost', 'limits/hold-lost', (sound) =>
    keepingHolds(sound, (control, until) => keepSoundly(control, until)),
  ),
  fault('loses the leases of a name that is on hold', 'limits/hold-running', ({ store, state, clock }) => {
    const isHeld = (name: string): boolean => state.control(name).heldUntil > clock.now()
    return {
      async extend(input) {
        const outcomes = await store.extend(input)
        return outcomes.map((outcome, place) => (isHeld(input.leases[place]?.name ?? '') ? 'lost' : outcome))
      },
    }
  }),
  fault('settles nothing of a name that is on hold', 'limits/hold-running', ({ store, state, clock }) => ({
    async settle({ entries }) {
      const isHeld = entries.some(({ lease }) => state.control(lease.name).heldUntil > clock.now())
      return isHeld ? entries.map(() => ({ status: 'lost' })) : store.settle({ entries })
    },
  })),
  fault('ends a hold with new limits', 'limits/hold-and-limits', ({ store, state }) => ({
    setLimits(input) {
      state.control(input.name).heldUntil = -Infinity
      return store.setLimits(input)
    },
  })),
  fault('counts a release with a hold as an attempt', 'limits/hold', (sound) =>
    settling(sound, (settlement, { lease }) => {
      const job = sound.state.jobs.get(lease.id)
      if (settlement.type === 'released' && settlement.holdNameMs !== undefined && job !== undefined) job.attempts++
      return settlement
    }),
  ),

  fault('looks at the concurrency before the hold', 'limits/held-order', (sound) =>
    saying(sound, (result, control, { name }) => {
      const { concurrency = Infinity } = control?.limits ?? {}
      const isFull = (sound.state.names.get(name)?.active.size ?? 0) >= concurrency
      return result.held === 'hold' && isFull ? { ...unheld(result), held: 'concurrency' } : result
    }),
  ),
  fault('looks at the hold before a pause', 'limits/held-order', (sound) =>
    saying(sound, (result, control) =>
      result.held === 'paused' && (control?.heldUntil ?? 0) > sound.clock.now() ? { ...result, held: 'hold' } : result,
    ),
  ),
  fault('looks at the bucket before the concurrency', 'limits/held-order limits/held-both', (sound) =>
    saying(sound, (result, control) =>
      result.held === 'concurrency' && control?.limits?.rate !== undefined ? { ...result, held: 'rate' } : result,
    ),
  ),
  fault('looks at the bucket only when the concurrency is not set', 'limits/held-both', (sound) =>
    controlling(sound, (control) => {
      const allowance = control.allowance.bind(control)
      control.allowance = (active, now) => {
        const own = allowance(active, now)
        return own.reason === 'rate' && Number.isFinite(own.room)
          ? { allowed: own.room, room: own.room, reason: 'concurrency' }
          : own
      }
    }),
  ),
  fault('calls a claim held that came to its limit', 'limits/not-held', (sound) =>
    saying(sound, (result, control, { name }) => {
      const { concurrency = Infinity } = control?.limits ?? {}
      const isFull = (sound.state.names.get(name)?.active.size ?? 0) >= concurrency
      return result.held === undefined && isFull ? { ...result, held: 'concurrency' } : result
    }),
  ),
  fault('calls a claim held of a name with limits whenever it gets less than it asks for', 'limits/not-held', (sound) =>
    saying(sound, (result, control, { limit }) =>
      control?.limits !== undefined && result.jobs.length < limit ? { held: 'concurrency', ...result } : result,
    ),
  ),
  fault('calls no claim held that came to the end of the queue', 'limits/held-at-the-end', (sound) =>
    saying(sound, (result, _control, { name }) =>
      result.jobs.length > 0 && sound.state.names.get(name)?.readyCount === 0 ? unheld(result) : result,
    ),
  ),
  fault('calls no name held that has nothing ready', 'limits/held-without-jobs table/claim-on-hold/absent', (sound) =>
    saying(sound, (result, _control, { name }) =>
      result.jobs.length === 0 && (sound.state.names.get(name)?.readyCount ?? 0) === 0 ? unheld(result) : result,
    ),
  ),
  fault('does not say for how long a name is held', 'limits/hold limits/rate limits/held-order', (sound) =>
    saying(sound, ({ heldForMs: _heldForMs, ...result }) => result),
  ),
  fault('says for how long, also where no time will do it', 'limits/held-both limits/held-order', (sound) =>
    saying(sound, (result) => (result.held === undefined ? result : { heldForMs: 0, ...result })),
  ),
  fault('tells the whole length of a hold', 'limits/hold limits/hold-later-stays', (sound) =>
    saying(sound, (result) => (result.held === 'hold' ? { ...result, heldForMs: 60_000 } : result)),
  ),

  fault('loses what a worker had popped of a name that is held', everyReason, (sound) =>
    popping(sound, async (id, held) => {
      await sound.store.remove({ ids: [id] })
      return held
    }),
  ),
  fault('gives what was popped of a held name back to the tail', everyReason, (sound) =>
    popping(sound, async (id, held) => {
      await sound.store.reschedule({ entries: [{ id, delayMs: 0 }] })
      return held
    }),
  ),

  fault('hands out of a held name what is ready', everyHeldRow(), (sound) =>
    controlling(sound, (control) => {
      control.allowance = () => ({ allowed: Infinity, room: Infinity, reason: 'concurrency' })
    }),
  ),
]

function everyHeldRow(): string {
  return ['on-hold', 'at-its-concurrency', 'without-a-token'].map((row) => `table/claim-${row}/ready`).join(' ')
}
