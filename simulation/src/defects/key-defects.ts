import { type Defect, type Inner, innerDefect } from './defect.js'

/** Calls `change` with the methods that the memory store moves keys by, which do nothing else but that. */
function changing(change: (inner: Inner, keys: Inner['state']['keys']) => void): (inner: Inner) => object {
  return (inner) => {
    change(inner, inner.state.keys)
    return {}
  }
}

/** Stores that are broken in how they keep unique keys. */
export const keyDefects: readonly Defect[] = [
  innerDefect('frees no unique key when the reaper ends its holder', 'G12', ({ store, state: { keys } }) => {
    const free = keys.free.bind(keys)
    let isReaping = false
    keys.free = (job) => (isReaping ? undefined : free(job))
    return {
      reap(input) {
        isReaping = true
        const result = store.reap(input)
        isReaping = false
        return result
      },
    }
  }),
  innerDefect(
    'sometimes lets a second job take a unique key',
    'G12',
    changing(({ random }, keys) => {
      const holdOf = keys.holdOf.bind(keys)
      keys.holdOf = (job, now) => (random.chance(0.1) ? undefined : holdOf(job, now))
    }),
  ),
  innerDefect(
    'never wakes what is parked',
    'G12',
    changing((_inner, keys) => {
      const free = keys.free.bind(keys)
      keys.free = (job) => void free(job)
    }),
  ),
  innerDefect(
    'forgets for how long a unique key is held',
    'G12',
    changing((_inner, keys) => {
      const take = keys.take.bind(keys)
      keys.take = (job, now) => take(job, typeof job.unique?.until === 'object' ? -Infinity : now)
    }),
  ),
  innerDefect(
    'keeps a unique key when the job that it is held for until its start has begun',
    'G12',
    ({ store, state }) => {
      const { keys } = state
      const free = keys.free.bind(keys)
      let isClaiming = false
      keys.free = (job) => (isClaiming ? undefined : free(job))
      return {
        claim(input) {
          isClaiming = true
          const result = store.claim(input)
          isClaiming = false
          return result
        },
      }
    },
  ),
]
