import type {
  CancelOutcome,
  EpochMs,
  FinishedState,
  JobState,
  NameLimits,
  RedriveOutcome,
  RemoveOutcome,
  RescheduleOutcome,
} from '@goscheds/core'
import { encodeLimits } from '../name-limits.js'
import { encodeDue } from './producing.js'
import type { ScriptCall } from './script-call.js'

/** When a job is to be due: at an instant, or after a delay. */
export interface RescheduleEntry {
  readonly id: string
  readonly executeAt?: EpochMs
  readonly delayMs?: number
}

/** lua/cancel.lua */
export function cancelCall(ids: readonly string[]): ScriptCall<readonly CancelOutcome[]> {
  return {
    script: 'cancel',
    args: ids,
    decode: (reply) =>
      ids.map((): CancelOutcome => {
        const answer = reply.text() as 'not-found' | 'requested' | FinishedState | 'was-waiting'
        if (answer === 'not-found' || answer === 'requested') return { status: answer }
        if (answer === 'was-waiting') return { status: 'cancelled' }
        return { status: 'finished', state: answer }
      }),
  }
}

/** lua/reschedule.lua */
export function rescheduleCall(entries: readonly RescheduleEntry[]): ScriptCall<readonly RescheduleOutcome[]> {
  return {
    script: 'reschedule',
    args: entries.flatMap((entry) => [entry.id, encodeDue(entry)]),
    decode: (reply) =>
      entries.map((): RescheduleOutcome => {
        const answer = reply.text() as 'not-found' | 'parked' | JobState
        if (answer === 'not-found' || answer === 'parked' || answer === 'active') return { status: answer }
        if (answer === 'scheduled' || answer === 'ready') return { status: 'rescheduled', state: answer }
        return { status: 'finished', state: answer }
      }),
  }
}

/** lua/remove.lua */
export function removeCall(ids: readonly string[]): ScriptCall<readonly RemoveOutcome[]> {
  return {
    script: 'remove',
    args: ids,
    decode: (reply) =>
      ids.map((): RemoveOutcome => {
        const answer = reply.text() as 'not-found' | JobState
        if (answer === 'not-found' || answer === 'active') return { status: answer }
        return { status: 'removed', state: answer }
      }),
  }
}

/** lua/set-paused.lua */
export function setPausedCall(names: readonly string[], paused: boolean): ScriptCall<void> {
  return { script: 'setPaused', args: [paused ? 1 : 0, ...names], decode: () => undefined }
}

/** lua/set-limits.lua; gives how many calls of `freeGroupsCall` are to follow. */
export function setLimitsCall(name: string, limits: NameLimits | null): ScriptCall<number> {
  return {
    script: 'setLimits',
    args: [name, encodeLimits(limits)],
    decode: (reply) => reply.number(),
  }
}

/** lua/set-limits.lua, which changes no limits. */
export function freeGroupsCall(name: string): ScriptCall<void> {
  return { script: 'setLimits', args: [name], decode: () => undefined }
}

/** lua/redrive.lua */
export function redriveCall(ids: readonly string[]): ScriptCall<readonly RedriveOutcome[]> {
  return {
    script: 'redrive',
    args: ids,
    decode: (reply) =>
      ids.map((): RedriveOutcome => {
        const [answer, holder] = reply.text().split('\t') as [
          'not-found' | 'redriven' | 'duplicate' | JobState,
          string?,
        ]
        if (answer === 'duplicate') return { status: answer, id: holder ?? '' }
        if (answer === 'not-found' || answer === 'redriven') return { status: answer }
        return { status: 'not-dead', state: answer }
      }),
  }
}
