import { checkHistory, type Guarantee, type History, type Violation } from '@goscheds/conformance/history'
import { BACKOFF_FAILURE } from './asked/backoff.js'
import { idsSetBack } from './asked/checkpoint-ledger.js'
import { replayFindings } from './asked/replay.js'
import type { Workload } from './world/workload.js'
import type { SeenError, World } from './world/world.js'

/** Something that must not be. `from`: the history that shows it, or the run itself. */
export interface Finding extends Omit<Violation, 'guarantee'> {
  readonly guarantee: Guarantee | 'none'
  readonly from: 'inside' | 'outside' | 'run'
}

/** The warning of more than ten listeners at one signal. */
export const LEAK = 'MaxListenersExceededWarning'
/** By then everything that began before the faults ended has been answered or given up. */
const CALM_AFTER_MS = 60_000
/** `LEASE_LOST`: a line of a log was refused. */
const EXPECTED = ['STORE_FAILED', 'STORE_TIMEOUT', 'LEASE_LOST']

/** Everything that is wrong at the end of a run. */
export function finalFindings(
  world: World,
  workload: Workload,
  seen: { readonly inside: History; readonly outside: History; readonly unhandled: readonly unknown[] },
): readonly Finding[] {
  return [
    ...checkHistory(seen.inside).map((violation): Finding => ({ ...violation, from: 'inside' })),
    ...checkHistory(seen.outside).map((violation): Finding => ({ ...violation, from: 'outside' })),
    ...seen.unhandled.map((reason) => finding('none', unhandled(reason))),
    ...errorFindings(world, seen.inside),
    ...stopFindings(world),
    ...pushFindings(workload, seen.inside),
    ...killerFindings(workload, seen.inside),
    ...replayFindings(seen.inside),
    ...checkpointFindings(world, seen.inside),
    ...world.fires.problems.map((message) => finding('G14', message)),
    ...world.results.problems.map((message) => finding('none', message)),
  ]
}

/** G1: what was reported is not lost. */
function checkpointFindings({ ledger }: World, inside: History): Finding[] {
  if (ledger.problems.length === 0) return []
  const setBack = idsSetBack(inside)
  return ledger.problems
    .filter(({ id, isOlder }) => !isOlder || !setBack.has(id))
    .map(({ message }) => finding('G1', message))
}

function unhandled(reason: unknown): string {
  const isLeak = reason instanceof Error && reason.name === LEAK
  return `${isLeak ? 'Node.js warns' : 'a rejection that nobody handled'}: ${String(reason)}`
}

function errorFindings({ errors }: World, { events }: History): Finding[] {
  const calmAt = (events.find(({ type }) => type === 'healthy')?.at ?? Infinity) + CALM_AFTER_MS
  return errors
    .filter((error) => !isOfBackoff(error))
    .filter(({ code, at }) => !EXPECTED.includes(code) || at > calmAt)
    .map(({ process, code, message, at }) => finding('none', `${process} told of ${code} at ${at}: ${message}`))
}

/** What a back-off function does wrong is told of, at any time. */
function isOfBackoff({ code, message }: SeenError): boolean {
  return message === BACKOFF_FAILURE || (code === 'INVALID_ARGUMENT' && message.includes('backoff function'))
}

/** G16: a stop comes to its end in time, and leaves nothing behind. */
function stopFindings({ stopped, settings }: World): Finding[] {
  const found: Finding[] = []
  for (const { process, tookMs, graceMs, wasPaused, isPlain, heldNow } of stopped) {
    const boundMs = (graceMs + 1_000 + 4 * settings.storeTimeoutMs + 5_000) * 1.02
    if (isPlain && !wasPaused && tookMs > boundMs) {
      found.push(finding('G16', `stop() of ${process} took ${Math.round(tookMs)} ms, more than ${Math.round(boundMs)}`))
    }
    const held = heldNow()
    if (isPlain && held > 0) found.push(finding('G16', `${process} holds ${held} timers or waits after stop()`))
  }
  return found
}

/** G1: what core tells a producer to be stored has reached the store. */
function pushFindings({ acknowledged }: Workload, { events }: History): Finding[] {
  const stored = new Set<string>()
  for (const event of events) {
    if (event.type === 'invoke' && event.method === 'enqueue') for (const { id } of event.input.jobs) stored.add(id)
  }
  return [...acknowledged]
    .filter((id) => !stored.has(id))
    .map((id) => finding('G1', `${id} was acknowledged to its producer and never reached the store`))
}

/** G18: a job that kills its process ends as dead, with that reason. */
function killerFindings({ killers, acknowledged }: Workload, { events }: History): Finding[] {
  const snapshot = events.at(-1)
  if (snapshot?.type !== 'snapshot') return []
  // While all is healthy they kill nothing: one that first ran then has not killed.
  const faulty = events.slice(
    0,
    events.findIndex(({ type }) => type === 'healthy'),
  )
  const ran = new Set(faulty.map((event) => (event.type === 'start' ? event.lease.id : undefined)))
  return killers
    .filter((id) => acknowledged.has(id) && ran.has(id))
    .filter((id) => !snapshot.jobs.some((job) => job.id === id && job.deadReason === 'recoveries'))
    .map((id) => finding('G18', `${id} kills its process and is not dead because of it`))
}

function finding(guarantee: Finding['guarantee'], message: string): Finding {
  return { guarantee, message, trace: [], from: 'run' }
}
