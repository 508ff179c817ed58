import type { Job } from '@goscheds/core'
import type { CheckpointLedger } from '../asked/checkpoint-ledger.js'
import type { Occurrence } from '../asked/occurrences.js'
import type { Network } from '../network/network.js'
import type { Host } from './host.js'

/** Where a handler runs. */
export interface Stage {
  readonly host: Host
  readonly network: Network
  readonly ledger: CheckpointLedger
  readonly note: (kind: Occurrence) => void
  /** Whether every process is to stay alive from here on. */
  readonly isHealthy: () => boolean
  /** Whether this job is to give itself back once more. */
  readonly isToGoBack: (job: Job) => boolean
  /** Ends the process, and never resolves, unless a worker of this job has died before or the faults are over. */
  readonly dieUnlessRecovered: (job: Job) => Promise<void>
}

export const never = (): Promise<never> => new Promise(() => {})

/** Works for so long, whatever its signal says. */
export async function pastime(host: Host, ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>((resolve) => host.after(ms, resolve))
}
