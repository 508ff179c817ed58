import { currentLeases, type Defect, defect, innerDefect } from './defect.js'
import { keyDefects } from './key-defects.js'

/** Stores that are broken in what a job can ask for. */
export const askedDefects: readonly Defect[] = [
  ...keyDefects,
  innerDefect('hands out what is paused', 'G13', ({ state }) => {
    state.holdsClaims = () => false
    return {}
  }),
  defect('forgets the pause of a name when the namespace is resumed', 'G13', ({ store }) => {
    const paused = new Set<string>()
    return {
      async setPaused(input) {
        await store.setPaused(input)
        for (const name of input.names ?? []) if (input.paused) paused.add(name)
        if (input.names === undefined && !input.paused) await store.setPaused({ names: [...paused], paused: false })
      },
    }
  }),
  defect('accepts the report of a lease that is over', 'G4', ({ store }) => ({
    async report({ entries }) {
      const leases = await currentLeases(
        store,
        entries.map(({ lease }) => lease),
      )
      return store.report({
        entries: entries.map((entry, index) => ({ ...entry, lease: leases[index] ?? entry.lease })),
      })
    },
  })),
  innerDefect('loses the checkpoint of a job that it recovers', 'G1', ({ store, state }) => ({
    async reap(input) {
      const result = await store.reap(input)
      for (const { id } of result.reaped) delete state.jobs.get(id)?.checkpoint
      return result
    },
  })),
  defect('sometimes acknowledges a report and drops it', 'G1', ({ store, random }) => ({
    report: async ({ entries }) =>
      random.chance(0.1) ? entries.map(() => 'reported' as const) : store.report({ entries }),
  })),
  innerDefect('hands out what has expired', 'G7', ({ store, state, clock }) => ({
    claim(input) {
      for (const job of state.jobs.values()) {
        const { expiry, expiresAt = Infinity } = job
        if (expiry === undefined || expiresAt > clock.now || job.name !== input.name) continue
        state.expiring.remove(expiry)
        job.expiry = undefined
        job.expiresAt = undefined
      }
      return store.claim(input)
    },
  })),
]
