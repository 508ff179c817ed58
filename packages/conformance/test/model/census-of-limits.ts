import type { ClaimResult, NameLimits, Store, StoredJob } from '@goscheds/core'
import { everyId } from '../../src/model/pools.js'
import { withMethods } from '../broken/fault.js'
import { type Note, placeOf } from './places.js'

/** A store that notes what comes of limits, holds and groups. */
export function countedLimits(store: Store, note: Note): Store {
  const every = async (): Promise<StoredJob[]> => (await store.get({ ids: everyId })).filter((job) => job !== null)
  const limitsOf = async (name: string): Promise<NameLimits | undefined> =>
    (await store.counts({ names: [name] }))[0]?.limits
  /** Notes in what place a job of an ordered group was that came back, or gave up its place. */
  async function watched<T>(method: string, call: () => Promise<T>): Promise<T> {
    const before = await every()
    const result = await call()
    const after = new Map((await every()).map((job) => [job.id, job]))
    for (const job of before) {
      if (job.group === undefined || (await limitsOf(job.name))?.perGroup?.ordered !== true) continue
      const [from, to] = [placeOf(job), placeOf(after.get(job.id))]
      const comesBack = from === 'active' || (from === 'scheduled' && job.claims > 0)
      const end = from === 'scheduled' && (to === 'absent' || to === 'cancelled') ? 'over' : to
      if (from !== to && comesBack) note(to === 'parked' ? 'ordered' : `${method}, ordered`, from, end)
    }
    return result
  }

  return withMethods(store, {
    async setLimits(input) {
      await store.setLimits(input)
      const parts = Object.keys(input.limits ?? {}).sort()
      note('setLimits', '', parts.length === 0 ? 'none' : parts.join(', '))
    },
    async enqueue(input) {
      const before = new Set((await every()).map(({ id }) => id))
      const outcomes = await store.enqueue(input)
      for (const { id, group } of input.jobs) {
        if (group !== undefined && !before.has(id))
          note('enqueue', '', group.weight === undefined ? 'of a group' : 'with a weight')
      }
      return outcomes
    },
    async claim(input) {
      const ready = (await every()).filter(({ name, state }) => name === input.name && state === 'ready')
      const limits = await limitsOf(input.name)
      const result = await watched('claim', () => store.claim(input))
      if (result.held !== undefined) note('claim, held', '', `${result.held}${result.jobs.length > 0 ? ', some' : ''}`)
      noteTimes(result, note)
      const taken = new Set(result.jobs.map(({ id }) => id))
      const keys = result.jobs.map(({ group }) => group?.key ?? '')
      if (new Set(keys).size > 1) note('claim', '', keys.includes('') ? 'groups and others' : 'several groups')
      if (keys.some((key, index) => keys.indexOf(key) < index && keys[index - 1] !== key))
        note('claim', '', 'a second round')
      const isShort = result.held === undefined && result.jobs.length < input.limit
      const left = ready.filter(({ id, group }) => group !== undefined && !taken.has(id))
      const isLeft = isShort && left.length > 0 && (await store.get({ ids: [left[0]?.id ?? ''] }))[0]?.state === 'ready'
      if (isLeft)
        note('claim', 'ready', limits?.perGroup?.ordered === true ? 'left in an ordered group' : 'left in a group')
      return result
    },
    settle: (input) => watched('settle', () => store.settle(input)),
    reap: (input) => watched('reap', () => store.reap(input)),
    promote: (input) => watched('promote', () => store.promote(input)),
    cancel: (input) => watched('cancel', () => store.cancel(input)),
    remove: (input) => watched('remove', () => store.remove(input)),
    reschedule: (input) => watched('reschedule', () => store.reschedule(input)),
    async counts(input) {
      const counts = await store.counts(input)
      for (const { groups, limits, oldestReadyMs, ready } of counts) {
        if (groups > 0) note('counts', '', groups > 2 ? 'many groups' : 'groups')
        if (groups > 0 && ready > 0 && oldestReadyMs === null) note('counts', '', 'all set aside')
        if (limits !== undefined) note('counts', '', 'limits')
      }
      return counts
    },
    async list(input) {
      const page = await store.list(input)
      const keys = new Set(page.jobs.map(({ group }) => group?.key ?? ''))
      if (input.state === 'ready' && keys.size > 1)
        note('list', 'ready', keys.has('') ? 'groups behind others' : 'several groups')
      return page
    },
  })
}

function noteTimes({ held, heldForMs }: ClaimResult, note: Note): void {
  if (heldForMs === undefined) return
  note('claim, for a time', '', held ?? 'groups')
  if (!Number.isInteger(heldForMs)) note('claim, for a time', '', 'a fraction')
}
