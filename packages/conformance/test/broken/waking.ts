import type { NewJob, Store } from '@goscheds/core'
import type { Sound } from './fault.js'

/** What both a new and a stored job say of themselves. */
type IsSpecial = (job: Pick<NewJob, 'priority' | 'group'>) => boolean

/** A store in which a wait passes over special jobs that are ready already. */
export function lookingForOthersAlone({ store }: Sound, isSpecial: IsSpecial): Partial<Store> {
  return {
    async waitForReady(input) {
      const { jobs } = await store.list({ name: input.name, state: 'ready', limit: 1_000 })
      const name = jobs.length > 0 && jobs.every(isSpecial) ? `not ${input.name}` : input.name
      await store.waitForReady({ ...input, name })
    },
  }
}

/** A store that wakes one waiter for all special jobs of a push. */
export function wakingOne({ store }: Sound, isSpecial: IsSpecial): Partial<Store> {
  let pushes = 0
  let wokenBy = 0
  return {
    enqueue(input) {
      if (input.jobs.some(isSpecial)) pushes++
      return store.enqueue(input)
    },
    async waitForReady(input) {
      const before = pushes
      await store.waitForReady(input)
      if (pushes > before && wokenBy === pushes) await store.waitForReady({ ...input, name: `not ${input.name}` })
      wokenBy = pushes
    },
  }
}
