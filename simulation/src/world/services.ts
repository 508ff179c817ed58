import type { HistoryRecorder } from '@goscheds/conformance/history'
import { Inspector, type Job, Scheduler, type Store, type StoreInput, Worker } from '@goscheds/core'
import { drawBackoff } from '../asked/backoff.js'
import type { CheckpointLedger } from '../asked/checkpoint-ledger.js'
import type { Occurrence } from '../asked/occurrences.js'
import type { ResultWaits } from '../asked/result-waits.js'
import type { SeededRandom } from '../clock/seeded-random.js'
import { claimingWhenReady } from '../network/claim-when-ready.js'
import type { Network } from '../network/network.js'
import { type PlainMethod, RemoteStore } from '../network/remote-store.js'
import { simulatedHandler } from './handler.js'
import type { Host } from './host.js'
import type { Act } from './job-plan.js'
import type { MachinePlan, Settings } from './settings.js'
import { whileAlive } from './while-alive.js'

/** What the processes of a world share. */
export interface Surroundings {
  readonly network: Network
  readonly settings: Settings
  /** The store itself, behind the faults, as this host has it. */
  readonly storeFor: (host: Host) => Store
  /** The clock of the store, in milliseconds. */
  readonly storeNow: () => number
  /** Sees what takes effect in the store, exactly. */
  readonly inside: HistoryRecorder
  /** Sees what the processes see. */
  readonly outside: HistoryRecorder
  readonly isHealthy: () => boolean
  /** Whether machines that are down stay down. */
  readonly isOver: () => boolean
  readonly ledger: CheckpointLedger
  readonly results: ResultWaits
  /** How often each job has given itself back. */
  readonly snoozes: Map<string, number>
  readonly note: (kind: Occurrence) => void
  readonly onStart: (job: Job<Act>) => void
  readonly onError: (process: string, error: Error) => void
}

/** One start of one Scheduler or Worker. */
export interface Service {
  readonly process: string
  readonly stop: (graceMs: number) => Promise<void>
  /** Waits and subscriptions that it has not ended. */
  readonly held: () => number
}

/** What one start of a machine runs. */
export interface Services {
  readonly all: readonly Service[]
  /** With it, users of this machine push. */
  readonly scheduler: Scheduler | undefined
  readonly inspector: Inspector
}

/** A store that never answers: to write down a call whose answer nobody waits for. */
const silent = new Proxy({} as Store, { get: () => () => new Promise<never>(() => {}) })

/** Starts what the plan of a machine names, on this start of it. */
export function startServices(
  plan: MachinePlan,
  host: Host,
  random: SeededRandom,
  surroundings: Surroundings,
): Services {
  const { settings } = surroundings
  const { storeTimeoutMs } = settings
  const base = (process: string): { store: Store; remote: RemoteStore } =>
    storeOf(process, host, random.fork(), surroundings)
  const all: Service[] = []
  let scheduler: Scheduler | undefined
  if (plan.hasScheduler || plan.isProducer) {
    const role = plan.hasScheduler ? 'scheduler' : 'producer'
    const process = `${host.name}/${role}`
    const { store, remote } = base(process)
    const { reapIntervalMs, promotionCapMs, maxRecoveries, maxDeadPerName } = settings
    const own = new Scheduler({
      ...{ store, storeTimeoutMs, reapIntervalMs, promotionCapMs, maxRecoveries, maxDeadPerName },
      runtime: host.runtime,
    })
    own.on('error', (error) => surroundings.onError(process, error))
    mark(surroundings, { type: 'process', process, what: 'started', role })
    if (plan.hasScheduler) own.start()
    scheduler = own
    all.push({ process, stop: () => own.stop(), held: () => remote.held })
  }
  if (plan.workerNames.length > 0) all.push(startWorker(plan, host, base(`${host.name}/worker`), random, surroundings))
  const { store } = base(`${host.name}/inspector`)
  return { all, scheduler, inspector: new Inspector({ store, storeTimeoutMs, runtime: host.runtime }) }
}

function startWorker(
  { workerNames, concurrency }: MachinePlan,
  host: Host,
  { store, remote }: { readonly store: Store; readonly remote: RemoteStore },
  random: SeededRandom,
  surroundings: Surroundings,
): Service {
  const process = `${host.name}/worker`
  const { settings, note } = surroundings
  const { storeTimeoutMs, leaseMs, features } = settings
  const worker = new Worker({ store, storeTimeoutMs, leaseMs, concurrency, runtime: host.runtime })
  worker.on('error', (error) => surroundings.onError(process, error))
  const handler = simulatedHandler(process, host, surroundings)
  for (const name of workerNames) {
    const hasBackoff = features.has('backoff functions') && random.chance(0.7)
    worker.registerHandler<Act>(name, handler, hasBackoff ? { backoff: drawBackoff(random, note) } : {})
  }
  const concurrencies = Object.fromEntries(workerNames.map((name) => [name, concurrency]))
  const started = { type: 'process', process, what: 'started', role: 'worker' } as const
  mark(surroundings, { ...started, worker: worker.id, concurrency: concurrencies })
  worker.start()
  return { process, stop: (graceMs) => worker.stop({ graceMs }), held: () => remote.held }
}

/** Writes down what became of a process, as both histories have it. */
export function mark(
  { inside, outside }: Pick<Surroundings, 'inside' | 'outside'>,
  event: Parameters<HistoryRecorder['mark']>[0],
): void {
  void inside.mark(event)
  void outside.mark(event)
}

/** What has no effect on jobs, and is half of all calls, is left out. */
function exactlyRecorded(store: Store, inside: HistoryRecorder, process: string): Store {
  const recorded = inside.around(store, process)
  return new Proxy(recorded, {
    get: (target, key): unknown => {
      if (key === 'waitForReady') return (input: StoreInput<'waitForReady'>) => store.waitForReady(input)
      if (key === 'heartbeat') return (input: StoreInput<'heartbeat'>) => store.heartbeat(input)
      return Reflect.get(target, key)
    },
  })
}

function storeOf(
  process: string,
  host: Host,
  random: SeededRandom,
  { network, inside, outside, storeFor, storeNow }: Surroundings,
): { readonly store: Store; readonly remote: RemoteStore } {
  const again = outside.around(silent, `${process}/again`)
  const exact = exactlyRecorded(storeFor(host), inside, `${process}@store`)
  const remote = new RemoteStore({
    ...{ host, network, random, store: random.chance(0.5) ? claimingWhenReady(exact, storeNow) : exact },
    // To whom looks from outside, a second delivery is one more call, whose answer nobody waits for.
    onAgain: (method: PlainMethod, input) => void (again[method] as (input: unknown) => Promise<unknown>)(input),
  })
  return { store: whileAlive(host, outside.around(remote, process)), remote }
}
