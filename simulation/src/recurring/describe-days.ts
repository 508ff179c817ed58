import { FAULT_KINDS } from '../network/faults.js'
import type { DaysResult } from './run-days.js'

const SHOWN = 20
const MINUTE_MS = 60_000

/** The figures of a run of days, and what is wrong with it. */
export function describeDays(
  { wrong, figures, faults, crashes, events, jobsEnded }: DaysResult,
  { seed, days, seconds }: { readonly seed: number; readonly days: number; readonly seconds: number },
): string {
  const figure = (value: number): string => value.toLocaleString('en-US')
  const { fired, buffered, skipped, missed, refused, latestMs } = figures
  const injected = FAULT_KINDS.reduce((sum, kind) => sum + faults[kind], 0)
  return [
    `${figure(days)} virtual days of recurring schedules (seed ${seed}) in ${seconds.toFixed(1)} s, ${figure(events)} events`,
    `${figure(crashes)} crashes of schedulers, ${figure(injected)} faults of their calls`,
    `${figure(fired + buffered + skipped + missed)} times: ${figure(fired)} fired, ${figure(buffered)} buffered, ` +
      `${figure(skipped)} skipped by their overlap, ${figure(missed)} missed beyond the window`,
    `${figure(refused)} fires refused, as they had been made; ${figure(jobsEnded)} jobs ended; ` +
      `the latest fire was ${figure(Math.round(latestMs / MINUTE_MS))} minutes late`,
    wrong.length === 0 ? 'no violation' : `${figure(wrong.length)} violations:`,
    ...wrong.slice(0, SHOWN).map((what) => `  ${what}`),
  ].join('\n')
}
