import type { Fence, Job } from '@goscheds/core'

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

/** What handlers have kept with `context.checkpoint`, against what later attempts are handed. */
export class CheckpointLedger {
  /** What must not be. */
  readonly problems: string[] = []
  readonly #lives = new Map<string, Life>()
  /** Jobs whose checkpoints may go back: a copy of a call came late, or their handler went on after a refusal. */
  readonly #loose = new Set<string>()

  reported(job: Job, step: number): void {
    this.#lifeOf(job).reported.push({ step, fence: job.fence })
  }

  acknowledged(job: Job, step: number): void {
    this.#lifeOf(job).acknowledged.push({ step, fence: job.fence })
  }

  mayGoBack(id: string): void {
    this.#loose.add(id)
  }

  /** An attempt begins, with what earlier ones have left it. */
  handed(job: Job): void {
    const { reported, acknowledged } = this.#lifeOf(job)
    const { step, claim } = checkpointOf(job)
    const isEarlier = ({ fence }: Kept): boolean => compare(fence, job.fence) < 0
    if (step > 0 && !reported.some((kept) => isEarlier(kept) && kept.step === step && kept.fence.claim === claim)) {
      this.problems.push(`${job.id} was handed the checkpoint of step ${step}, which no earlier attempt had reported`)
    }
    const last = acknowledged.filter(isEarlier).reduce((most, kept) => Math.max(most, kept.step), 0)
    if (step < last && !this.#loose.has(job.id)) {
      this.problems.push(`${job.id} was handed the checkpoint of step ${step}, and step ${last} had been acknowledged`)
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

/** Step 0: there is none. */
export function checkpointOf({ checkpoint }: Job): Checkpoint {
  return (checkpoint as Checkpoint | undefined) ?? { step: 0, claim: 0 }
}

function compare(a: Fence, b: Fence): number {
  return a.generation - b.generation || a.claim - b.claim
}
