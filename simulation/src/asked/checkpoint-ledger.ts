import type { History } from '@goscheds/conformance/history'
import type { Fence, Job } from '@goscheds/core'
import { answeredCalls } from './answered-calls.js'

/** A checkpoint of a simulated handler: which step is done, and under which claim it was. */
export interface Checkpoint {
  readonly step: number
  readonly claim: number
}

interface Kept {
  readonly step: number
  readonly fence: Fence
}

interface Life {
  readonly reported: Kept[]
  readonly acknowledged: Kept[]
}

/** Something that must not be. */
export interface CheckpointProblem {
  readonly id: string
  readonly message: string
  /** It is older than one that was acknowledged. */
  readonly isOlder: boolean
}

/** What handlers have kept with `context.checkpoint`, against what later attempts are handed. */
export class CheckpointLedger {
  readonly problems: CheckpointProblem[] = []
  readonly #lives = new Map<string, Life>()

  reported(job: Job, step: number): void {
    this.#lifeOf(job).reported.push({ step, fence: job.fence })
  }

  acknowledged(job: Job, step: number): void {
    this.#lifeOf(job).acknowledged.push({ step, fence: job.fence })
  }

  /** An attempt begins, with what earlier ones have left it. */
  handed(job: Job): void {
    const { id } = job
    const { reported, acknowledged } = this.#lifeOf(job)
    const { step, claim } = checkpointOf(job)
    const isEarlier = ({ fence }: Kept): boolean => compare(fence, job.fence) < 0
    if (step > 0 && !reported.some((kept) => isEarlier(kept) && kept.step === step && kept.fence.claim === claim)) {
      const message = `${id} was handed the checkpoint of step ${step}, which no earlier attempt had reported`
      this.problems.push({ id, message, isOlder: false })
    }
    const last = acknowledged.filter(isEarlier).reduce((most, kept) => Math.max(most, kept.step), 0)
    if (step < last) {
      const message = `${id} was handed the checkpoint of step ${step}, and step ${last} had been acknowledged`
      this.problems.push({ id, message, isOlder: true })
    }
  }

  /** Of one job, which may have an id that was used before. */
  #lifeOf({ id, enqueuedAt }: Job): Life {
    const key = `${id} ${enqueuedAt.getTime()}`
    const life = this.#lives.get(key) ?? { reported: [], acknowledged: [] }
    this.#lives.set(key, life)
    return life
  }
}

/**
 * The jobs of which the store was told an older checkpoint after a newer one, by the same attempt: the call, or another
 * copy of it, came so late that the attempt had given it up and gone on.
 */
export function idsSetBack(inside: History): ReadonlySet<string> {
  const last = new Map<string, number>()
  const ids = new Set<string>()
  for (const call of answeredCalls(inside)) {
    if (call.method !== 'report') continue
    for (const [index, { lease, checkpoint }] of call.input.entries.entries()) {
      if (checkpoint === undefined || call.output[index] !== 'reported') continue
      const { id, fence } = lease
      const key = `${id} ${fence.generation} ${fence.claim}`
      const { step } = JSON.parse(checkpoint) as Checkpoint
      if (step < (last.get(key) ?? 0)) ids.add(id)
      last.set(key, step)
    }
  }
  return ids
}

/** Step 0: there is none. */
export function checkpointOf({ checkpoint }: Job): Checkpoint {
  return (checkpoint as Checkpoint | undefined) ?? { step: 0, claim: 0 }
}

function compare(a: Fence, b: Fence): number {
  return a.generation - b.generation || a.claim - b.claim
}
