import type { Store } from '@goscheds/core'
import { fault, type Fault, type Sound } from './fault.js'
import { queueing } from './inside.js'

interface TurnCount {
  taken: number
  last: number
}

interface TurnRule {
  readonly every: number
  /** The priority in turn, of those that have ready jobs, the lowest first. */
  readonly inTurn: (priorities: readonly number[], last: number) => number
  readonly countsPlain: boolean
  /** What begins anew once all ready jobs have the priority 0. */
  readonly beginsAnew: (count: TurnCount) => void
  /** The count of one more name. */
  readonly countOf: () => TurnCount
}

function newCount(): TurnCount {
  return { taken: 0, last: -Infinity }
}

const soundRule: TurnRule = {
  every: 16,
  inTurn: (priorities, last) => priorities.find((priority) => priority > last) ?? priorities[0] ?? 0,
  countsPlain: false,
  beginsAnew: (count) => void Object.assign(count, newCount()),
  countOf: newCount,
}

/** A store that takes priorities in turn by another rule. */
function turning(sound: Sound, change: Partial<TurnRule>): Partial<Store> {
  const { every, inTurn, countsPlain, beginsAnew, countOf } = { ...soundRule, ...change }
  return queueing(sound, (queue) => {
    const count = countOf()
    const isPlain = (): boolean => [...queue.places()].every(({ value }) => value.priority === 0)
    const remove = queue.remove.bind(queue)
    queue.remove = (node) => {
      const wasPlain = isPlain()
      remove(node)
      if (!wasPlain && isPlain()) beginsAnew(count)
    }
    queue.next = () => {
      const jobs = [...queue.places()].map(({ value }) => value)
      const priorities = [...new Set(jobs.map(({ priority }) => priority))]
      if (countsPlain || !isPlain()) count.taken++
      let [wanted] = priorities
      if (!isPlain() && count.taken % every === 0) wanted = count.last = inTurn(priorities, count.last)
      return jobs.find(({ priority }) => priority === wanted)
    }
  })
}

/** Stores that keep low priorities from starving in another way than the contract says, or not at all. */
export const priorityTurnFaults: readonly Fault[] = [
  fault('lets low priorities starve', 'priority/turns priority/turns-one-by-one', (sound) =>
    turning(sound, { every: Infinity }),
  ),
  fault('takes a priority in turn at every 10th job', 'priority/turns priority/turns-begin-anew', (sound) =>
    turning(sound, { every: 10 }),
  ),
  fault('takes the highest priority at every turn', 'priority/turns', (sound) =>
    turning(sound, { inTurn: (priorities) => priorities.at(-1) ?? 0 }),
  ),
  fault('ends its turns at the highest priority', 'priority/turns', (sound) =>
    turning(sound, { inTurn: (priorities, last) => priorities.find((priority) => priority > last) ?? last }),
  ),
  fault('counts turns within one claim', 'priority/turns-one-by-one', (sound) => {
    const counts: TurnCount[] = []
    return {
      ...turning(sound, {
        countOf: () => {
          const count = newCount()
          counts.push(count)
          return count
        },
      }),
      claim(input) {
        for (const count of counts) Object.assign(count, newCount())
        return sound.store.claim(input)
      },
    }
  }),
  fault('counts plain jobs for its turns as well', 'priority/turns-begin-anew', (sound) =>
    turning(sound, { countsPlain: true }),
  ),
  fault('never begins its turns anew', 'priority/turns-begin-anew', (sound) =>
    turning(sound, { beginsAnew: () => {} }),
  ),
  fault('begins the count anew, and not the turns', 'priority/turns-begin-anew', (sound) =>
    turning(sound, { beginsAnew: (count) => void (count.taken = 0) }),
  ),
  fault('begins the turns anew, and not the count', 'priority/turns-begin-anew', (sound) =>
    turning(sound, { beginsAnew: (count) => void (count.last = -Infinity) }),
  ),
  fault('counts the turns of all names together', 'priority/names-apart', (sound) => {
    const count = newCount()
    return turning(sound, { countOf: () => count })
  }),
  fault('gives a name the turn that another one would have', 'priority/names-apart', (sound) => {
    let last = -Infinity
    return turning(sound, { inTurn: (priorities) => (last = soundRule.inTurn(priorities, last)) })
  }),
]
