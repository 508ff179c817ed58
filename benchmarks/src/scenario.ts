import type { Adapter, AdapterEnvironment, Subject } from './adapters/adapter.js'
import type { StoreMeter } from './meters/store-meter.js'
import type { Target } from './target.js'
import type { Tally } from './tally.js'
import type { WarmUp } from './warm-up.js'

/** One figure of a scenario, and how to print it. */
export interface Metric {
  readonly key: string
  /** The head of its column, with the unit. */
  readonly label: string
  readonly digits: number
}

/** What one run of a scenario works on. */
export interface RunContext {
  readonly subject: Subject
  /** What the subject was opened with. */
  readonly environment: AdapterEnvironment
  /** Opens the same jobs once more, over another way to the server. Whoever opens it closes it. */
  readonly openAt: (url: string) => Promise<Subject>
  readonly meter: StoreMeter
  readonly tally: Tally
  /** As the adapter has it. */
  readonly bestConcurrency: number
  readonly jobs: number
  /** One of the scenario's variants. */
  readonly variant: string
}

/** One thing that is measured, on any adapter. */
export interface Scenario {
  /** As `--scenario` names it. */
  readonly id: string
  readonly title: string
  readonly metrics: readonly Metric[]
  /** What is tried with each store, each in a process of its own. Default: one variant without a name. */
  readonly variants?: readonly string[]
  /** The metric, the greater the better, by which the report names a store's best variant. */
  readonly bestBy?: string
  /** What goscheds has to reach. Default: nothing. */
  readonly targets?: readonly Target[]
  /** How many jobs a run has. */
  readonly jobs: number
  /**
   * How many it has instead with some adapters, by their names: what is measured by its throughput takes each about as long, or
   * the run of the fastest would be over before it is compiled. Default: none.
   */
  readonly jobsWith?: Readonly<Record<string, number>>
  /** How many it has with `--quick`. */
  readonly quickJobs: number
  /** What the library does before, unmeasured. Default: nothing. */
  readonly warmUp?: WarmUp
  /** False for what is measured only when it is named: it takes long, or says little beside the others. Default true. */
  readonly isDefault?: boolean
  /** Whom it can be measured on. Default: all. */
  readonly appliesTo?: (adapter: Adapter) => boolean
  /** How long the process of a run may take, in milliseconds. Default 120,000. */
  readonly timeoutMs?: number
  /**
   * Measures, and makes sure that every job of the run was there exactly once. A metric may be missing where it does
   * not apply. Rejects when the run is no good.
   */
  run(context: RunContext): Promise<Readonly<Record<string, number>>>
}
