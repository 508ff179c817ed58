import type { ClaimedJob, ClaimResult, GroupLimits, StoreInput } from '@goscheds/core'
import type { FairGroups, Turn } from './fair-groups.js'
import { hasExpired, type MemoryJob, toClaimedJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { ReadyQueue } from './ready-queue.js'
import type { Transitions } from './transitions.js'

/** Where there are no groups, nothing is counted. */
const UNGROUPED: Turn = { finish: 0 }

/** `MemoryStore.claim`. */
export function claim(
  state: MemoryState,
  transitions: Transitions,
  { name, limit, leaseMs }: StoreInput<'claim'>,
  now: number,
): ClaimResult {
  if (state.holdsClaims(name)) return { jobs: [], more: false, held: 'paused' }
  const control = state.controls.get(name)
  const ofName = state.names.get(name)
  const allowance = control?.allowance(ofName?.active.size ?? 0, now)
  const allowed = Math.min(limit, allowance?.allowed ?? Infinity)

  const taken =
    allowed === 0 || ofName === undefined
      ? []
      : take(ofName.ready, ofName.groups, allowed, control?.limits?.perGroup, transitions, now)
  const jobs = lease(taken, transitions, leaseMs, now)

  if (allowance?.room !== 0) control?.takeTokens(jobs.length, now)
  if (control !== undefined && allowance !== undefined && allowed < limit && jobs.length === allowed) {
    return { jobs, more: false, held: allowance.reason, ...inMs(control.heldForMs(allowance.reason, now)) }
  }
  const groups = ofName?.groups
  if (jobs.length === limit || groups?.isAnyAside !== true) return { jobs, more: false }
  const until = groups.firstAsideUntil
  return { jobs, more: false, setAside: true, ...(Number.isFinite(until) && inMs(Math.max(0, until - now))) }
}

/** Out of their queues, in order, the expired ones among them. */
function take(
  ready: ReadyQueue,
  groups: FairGroups | undefined,
  allowed: number,
  limits: GroupLimits | undefined,
  transitions: Transitions,
  now: number,
): MemoryJob[] {
  const taken: MemoryJob[] = []
  const isFair = groups !== undefined && groups.count > 0
  if (isFair) groups.begin(now)
  let left = allowed
  while (left > 0) {
    const turn = isFair ? groups.nextTurn(ready.size > 0, limits, now) : UNGROUPED
    const job = turn?.group === undefined ? turn && ready.next() : turn.group.ready.head?.value
    if (turn === undefined || job === undefined) break
    if (!hasExpired(job, now)) {
      if (isFair) groups.serve(turn, limits, now)
      left--
    }
    transitions.leave(job)
    taken.push(job)
  }
  // One that may take more has seen the end of what there is.
  groups?.end(left === 0)
  return taken
}

/** Only now, so that what a freed unique key makes ready is for the next claim. */
function lease(taken: readonly MemoryJob[], transitions: Transitions, leaseMs: number, now: number): ClaimedJob[] {
  const jobs: ClaimedJob[] = []
  for (const job of taken) {
    if (hasExpired(job, now)) {
      transitions.finishOwn(job, 'dead', 'expired')
      continue
    }
    transitions.toActive(job, now + leaseMs)
    transitions.started(job)
    jobs.push(toClaimedJob(job, now))
  }
  return jobs
}

function inMs(heldForMs: number | undefined): Pick<ClaimResult, 'heldForMs'> {
  return heldForMs === undefined ? {} : { heldForMs }
}
