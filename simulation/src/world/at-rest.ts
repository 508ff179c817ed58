import type { StoredJob } from '@goscheds/core'
import { holdsKey, isParked } from '../asked/key-watch.js'
import type { Workload } from './workload.js'
import type { World } from './world.js'

/** What is due later than this is not waited for. */
const FAR_MS = 3_600_000

/** All machines are up, nothing of the time of the faults is on its way, nothing is paused or limited or fires, and no killer is left to kill. */
export async function isRecovered(world: World, { killers, operators, keepers }: Workload): Promise<boolean> {
  const { machines, network, store } = world
  // Again at each look: what was asked for in the time of the faults may come late.
  await resumeAll(world)
  await liftAll(world)
  if (machines.some(({ isUp, isAsleep }) => !isUp || isAsleep) || network.isLateUnderWay) return false
  if (operators.isHolding || keepers.isChanging) return false
  const jobs = await store.get({ ids: killers })
  return jobs.every((job) => job === null || job.finishedAt !== undefined)
}

/** Nothing is left to do but what is due in an hour or later, or parked behind such a job. */
export async function isDrained({ store, clock }: World): Promise<boolean> {
  const counts = await store.counts({})
  if (counts.some(({ ready, active }) => ready + active > 0)) return false
  for (const { name, scheduled } of counts) {
    if (scheduled === 0) continue
    const { jobs } = await store.list({ name, state: 'scheduled', limit: 1_000 })
    const far = jobs.filter(({ dueAt = 0 }) => dueAt >= clock.now + FAR_MS)
    const isHeldFar = (one: StoredJob): boolean =>
      isParked(one) && far.some((other) => holdsKey(other) && other.unique?.key === one.unique?.key)
    if (jobs.some((job) => !far.includes(job) && !isHeldFar(job))) return false
  }
  return true
}

/** What operators have paused is resumed, whether their own resumes came through or not. */
async function resumeAll({ settings, operated }: World): Promise<void> {
  if (!settings.features.has('pauses')) return
  await operated.setPaused({ paused: false })
  await operated.setPaused({ names: settings.names, paused: false })
}

/** Nothing is limited, and no schedule fires any more. */
async function liftAll({ settings, operated }: World): Promise<void> {
  const { features, names, scheduleIds } = settings
  if (features.has('limits')) for (const name of names) await operated.setLimits({ name, limits: null })
  if (features.has('schedules')) await operated.removeSchedule({ ids: scheduleIds })
}
