import {
  KEPT_FIRES,
  type FireOutcome,
  type ScheduleFire,
  type Store,
  type StoredJob,
  type StoredSchedule,
} from '@goscheds/core'
import { everyId } from '../../src/model/pools.js'
import { withMethods } from '../broken/fault.js'
import { type Note, placeOf } from './places.js'

/** A store that notes what comes of schedules and their fires. */
export function countedSchedules(store: Store, note: Note): Store {
  const find = async (id: string): Promise<StoredSchedule | undefined> =>
    (await store.listSchedules({ limit: 1, ids: [id] })).schedules[0]
  const every = async (): Promise<StoredJob[]> =>
    (await store.get({ ids: everyId })).filter((job): job is StoredJob => job !== null)

  /** Carries one fire out, and notes which run it met. */
  async function fireOne(fire: ScheduleFire): Promise<FireOutcome> {
    const [before, jobs] = [await find(fire.id), await every()]
    const [outcome = { status: 'not-found' }] = await store.fireSchedule({ fires: [fire] })
    const after = await find(fire.id)
    const turn = fire.turn === undefined ? 'out of turn' : 'in turn'
    note(`fire, ${turn}`, '', outcome.status)
    const { job } = fire.run ?? {}
    if (job !== undefined && ['fired', 'buffered', 'skipped'].includes(outcome.status)) {
      const rivals = jobs.filter(
        ({ name, unique }) => unique !== undefined && unique.key === job.unique?.key && name === job.name,
      )
      const parked = rivals.find((rival) => placeOf(rival) === 'parked')
      const going = rivals.find(({ state }) => state === 'scheduled' || state === 'ready' || state === 'active')
      note(`fire ${fire.overlap}`, placeOf(parked ?? going), outcome.status)
    }
    if (before === undefined || after === undefined) return outcome
    if (before.pausedNote === undefined && after.pausedNote !== undefined) note('fire', '', 'paused for a dead job')
    if (outcome.status === 'moved')
      note('fire', '', before.revision === fire.turn?.revision ? 'another time' : 'another revision')
    if (before.next !== null && after.next === null) note('fire', '', fire.turn?.next === null ? 'the last' : 'used up')
    if (after.missed > before.missed) note('fire', '', 'missed some')
    if (after.fires.length === KEPT_FIRES && before.fires.length === KEPT_FIRES && after.fires !== before.fires) {
      note('fire', '', 'kept in the place of another')
    }
    return outcome
  }

  return withMethods(store, {
    async putSchedule(input) {
      const before = await find(input.schedule.id)
      const outcome = await store.putSchedule(input)
      const what = before === undefined ? 'none' : before.pausedNote !== undefined ? 'a paused one' : 'one'
      const expected = input.expect === null ? 'none' : 'one'
      const note1 = input.schedule.pausedNote === undefined ? '' : ', paused'
      note(`putSchedule of ${what}, ${expected} expected${note1}`, '', outcome.status)
      if (before !== undefined && before.fires.length > 0 && outcome.status === 'put')
        note('putSchedule', '', 'one that fired')
      return outcome
    },
    async removeSchedule(input) {
      const outcome = await store.removeSchedule(input)
      for (const wasThere of outcome) note('removeSchedule', '', wasThere ? 'there' : 'not there')
      return outcome
    },
    async fireSchedule({ fires }) {
      const outcomes: FireOutcome[] = []
      for (const fire of fires) outcomes.push(await fireOne(fire))
      return outcomes
    },
    async promote(input) {
      const result = await store.promote(input)
      const { length } = result.due?.schedules ?? []
      if (length > 0) note('promote', '', length > 1 ? 'several schedules due' : 'a schedule due')
      return result
    },
    async listSchedules(input) {
      const page = await store.listSchedules(input)
      const how = input.ids !== undefined ? 'by id' : page.cursor !== null ? 'a page' : 'the last page'
      if (input.limit > 1 || input.ids === undefined)
        note('listSchedules', '', page.schedules.length > 0 ? how : `${how}, empty`)
      return page
    },
  })
}
