import { printViolation } from '@goscheds/conformance/history'
import { OCCURRENCES } from './asked/occurrences.js'
import type { Finding } from './findings.js'
import { FAULT_KINDS } from './network/faults.js'
import type { SeedResult } from './run-seed.js'
import type { Tally } from './tally.js'

const MAX_FINDINGS = 5
const HOUR_MS = 3_600_000

/** What is wrong with a seed, and how to see it again. `command`: what runs this program. */
export function describeSeed({ seed, findings }: SeedResult, command: string): string {
  const shown = findings.slice(0, MAX_FINDINGS).map(describeFinding)
  const rest = findings.length > shown.length ? [`  and ${findings.length - shown.length} more`] : []
  return [`seed ${seed}: ${findings.length} violations`, ...shown, ...rest, `  replay: ${command}`].join('\n')
}

/** The figures of a run of many seeds. */
export function describeTally(tally: Tally, seconds: number): string {
  const { seeds, plain, events, calls, jobs, virtualMs, latenessMs, faults, occurrences, failed } = tally
  const figure = (value: number): string => value.toLocaleString('en-US')
  const injected = FAULT_KINDS.reduce((sum, kind) => sum + faults[kind], 0)
  const line = (what: string, times: number): string => `  ${what.padEnd(30)}${figure(times).padStart(12)}`
  return [
    `${figure(seeds)} seeds in ${seconds.toFixed(1)} s, ${(seeds / seconds).toFixed(1)} per second`,
    `${figure(Math.round(virtualMs / HOUR_MS))} hours of virtual time, ${figure(events)} events, ${figure(calls)} calls, ${figure(jobs)} jobs`,
    `greatest lateness of a job pushed while all was healthy: ${Math.round(latenessMs)} ms`,
    `${figure(injected)} faults:`,
    ...FAULT_KINDS.map((kind) => line(kind, faults[kind])),
    `what jobs asked for, and what came of it, but in ${figure(plain)} seeds that are plain:`,
    ...OCCURRENCES.map((kind) => line(kind, occurrences[kind])),
    failed.length === 0 ? 'no violation' : `${failed.length} seeds with violations:`,
    ...failed.slice(0, 20).map(({ seed, guarantees }) => `  seed ${seed}: ${guarantees.join(', ')}`),
  ].join('\n')
}

function describeFinding(finding: Finding): string {
  const text = printViolation({ ...finding, message: `${finding.message} (${finding.from})` })
  return text.replace(/^/gm, '  ')
}
