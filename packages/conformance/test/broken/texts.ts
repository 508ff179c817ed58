import type { NewJob } from '@goscheds/core'
import { claiming, fault, type Fault, type Sound, settling } from './fault.js'

function keeping({ store }: Sound, change: (job: NewJob) => NewJob): ReturnType<Fault['methods']> {
  return { enqueue: ({ jobs }) => store.enqueue({ jobs: jobs.map(change) }) }
}

/** Stores that change what they are given to keep. */
export const textFaults: readonly Fault[] = [
  fault('trims payloads', 'texts/payload', (sound) =>
    keeping(sound, (job) => ({ ...job, payload: job.payload.trim() })),
  ),
  fault('cuts payloads at NUL', 'texts/payload', (sound) =>
    keeping(sound, (job) => ({ ...job, payload: job.payload.split('\0')[0] ?? '' })),
  ),
  fault('keeps half a mebibyte of a payload', 'texts/payload-of-a-mebibyte', (sound) =>
    keeping(sound, (job) => ({ ...job, payload: job.payload.slice(0, 2 ** 19) })),
  ),
  fault('reads the options and writes them anew', 'texts/options', (sound) =>
    keeping(sound, (job) => {
      try {
        return { ...job, options: JSON.stringify(JSON.parse(job.options)) }
      } catch {
        return job
      }
    }),
  ),
  fault('loses the options when a job comes back', 'texts/survive-a-run', (sound) =>
    claiming(sound, (job) => (job.fence.claim === 1 ? job : { ...job, options: '' })),
  ),
  fault('trims ids', 'texts/ids texts/control-of-odd-ids', (sound) =>
    keeping(sound, (job) => ({ ...job, id: job.id.trim() })),
  ),
  fault('trims names', 'texts/names', (sound) => ({
    ...keeping(sound, (job) => ({ ...job, name: job.name.trim() })),
    claim: (input) => sound.store.claim({ ...input, name: input.name.trim() }),
  })),
  fault('joins name and id with a colon, and splits there again', 'texts/id-like-inner-words texts/ids', (sound) =>
    claiming(sound, (job) => ({ ...job, id: `${job.name}:${job.id}`.split(':')[1] ?? '' })),
  ),
  fault('trims results and errors', 'texts/result-and-error', (sound) =>
    settling(sound, (settlement) => {
      if (settlement.type === 'retry') return { ...settlement, error: settlement.error.trim() }
      if (settlement.type !== 'completed' || settlement.result === undefined) return settlement
      return { ...settlement, result: settlement.result.trim() }
    }),
  ),
  fault('looks ids up in an object', 'texts/control-of-odd-ids', ({ store }) => {
    const jobs: Record<string, unknown> = {}
    return {
      get: async ({ ids }) => {
        const found = await store.get({ ids })
        return found.map((job, index) => job ?? ((jobs[ids[index] ?? ''] ?? null) as typeof job))
      },
    }
  }),
]
