import type { FireOutcome, Overlap, ScheduleFire, Store, StoredSchedule, StoreInput, StoreOutput } from '@goscheds/core'
import type { Sound } from './fault.js'

type Awaited1<Method extends keyof Store> = Awaited<StoreOutput<Method>>

/** `fireSchedule` that takes each fire for another. */
export function taking({ store }: Sound, change: (fire: ScheduleFire) => ScheduleFire): Partial<Store> {
  return { fireSchedule: ({ fires }) => store.fireSchedule({ fires: fires.map(change) }) }
}

/** A fire that was carried out, with the schedule before and after it. */
export interface Fired {
  readonly fire: ScheduleFire
  readonly outcome: FireOutcome
  readonly before: StoredSchedule | undefined
  readonly after: StoredSchedule | undefined
}

/** `fireSchedule` behind which something of the schedule is other than it should be. */
export function leaving(
  sound: Sound,
  change: (fired: Fired) => Partial<StoredSchedule> | undefined | Promise<undefined>,
): Partial<Store> {
  const { store, state } = sound
  return {
    async fireSchedule({ fires }) {
      const outcomes: FireOutcome[] = []
      for (const fire of fires) {
        const before = state.schedules.get(fire.id)
        const [outcome] = await store.fireSchedule({ fires: [fire] })
        if (outcome === undefined) continue
        const after = state.schedules.get(fire.id)
        const other = await change({ fire, outcome, before, after })
        if (after !== undefined && other !== undefined) state.schedules.set({ ...after, ...other })
        outcomes.push(outcome)
      }
      return outcomes
    },
  }
}

/** `fireSchedule` that answers itself for those of which `answer` says something. */
export function answeringFires(
  { store, state }: Sound,
  answer: (fire: ScheduleFire, schedule: StoredSchedule | undefined) => FireOutcome | undefined,
): Partial<Store> {
  return {
    async fireSchedule({ fires }) {
      const outcomes: FireOutcome[] = []
      for (const fire of fires) {
        const own = answer(fire, state.schedules.get(fire.id))
        outcomes.push(...(own === undefined ? await store.fireSchedule({ fires: [fire] }) : [own]))
      }
      return outcomes
    },
  }
}

/** `putSchedule` that sees what is expected, and what is put, with other eyes. */
export function putting(
  { store, state }: Sound,
  change: (input: StoreInput<'putSchedule'>, before: StoredSchedule | undefined) => StoreInput<'putSchedule'>,
): Partial<Store> {
  return { putSchedule: (input) => store.putSchedule(change(input, state.schedules.get(input.schedule.id))) }
}

/** `putSchedule` behind which something of the schedule is other than it should be. */
export function keeping(
  { store, state }: Sound,
  change: (after: StoredSchedule, before: StoredSchedule | undefined) => Partial<StoredSchedule>,
): Partial<Store> {
  return {
    async putSchedule(input) {
      const before = state.schedules.get(input.schedule.id)
      const outcome = await store.putSchedule(input)
      const after = state.schedules.get(input.schedule.id)
      if (outcome.status === 'moved' || after === undefined) return outcome
      const other = { ...after, ...change(after, before) }
      state.schedules.set(other)
      return { status: 'put', revision: other.revision }
    },
  }
}

/** How the schedule stands, as a put that is to replace it has to expect it. */
export function standing(schedule: StoredSchedule | undefined): StoreInput<'putSchedule'>['expect'] {
  if (schedule === undefined) return null
  return { revision: schedule.revision, fireAt: schedule.next?.fireAt ?? null }
}

/** `listSchedules` that shows another page. */
export function listingSchedules(
  { store }: Sound,
  change: (
    page: Awaited1<'listSchedules'>,
    input: StoreInput<'listSchedules'>,
  ) => Partial<Awaited1<'listSchedules'>> | Promise<Partial<Awaited1<'listSchedules'>>>,
): Partial<Store> {
  return {
    async listSchedules(input) {
      const page = await store.listSchedules(input)
      return { ...page, ...(await change(page, input)) }
    },
  }
}

/** `promote` that says something else. */
export function promoting(
  { store }: Sound,
  change: (
    result: Awaited1<'promote'>,
    input: StoreInput<'promote'>,
  ) => Awaited1<'promote'> | Promise<Awaited1<'promote'>>,
): Partial<Store> {
  return { promote: async (input) => change(await store.promote(input), input) }
}

/** Every schedule, by id. */
export function everyOne({ state }: Sound): StoredSchedule[] {
  return state.schedules.page(10_000, null).schedules
}

/** The cases of some overlaps in some places. */
export function cells(overlaps: readonly Overlap[], where: readonly string[]): string {
  return overlaps.flatMap((overlap) => where.map((place) => `overlap/${overlap}-${place}`)).join(' ')
}
