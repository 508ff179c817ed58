import { readFile } from 'node:fs/promises'
import type { Mutant } from './mutants.js'

/** A change that no test notices, and why that is accepted. Found again by what it changes, wherever its line stands. */
export interface AcceptedSurvivor {
  readonly file: string
  readonly line: string
  readonly becomes: string
  /** Nothing that a caller could see differs: no test could be written. */
  readonly equivalent: boolean
  readonly reason: string
}

/** The survivors of one run, held against the list. */
export interface Acceptance {
  readonly accepted: readonly Mutant[]
  readonly equivalent: readonly Mutant[]
  readonly unlisted: readonly Mutant[]
  /** What the list names and a test notices now, or is not in the scripts any more. */
  readonly stale: readonly AcceptedSurvivor[]
}

/** Reads `survivors.json`, beside this package's `package.json`. */
export async function readAccepted(): Promise<AcceptedSurvivor[]> {
  const text = await readFile(new URL('../survivors.json', import.meta.url), 'utf8')
  return JSON.parse(text) as AcceptedSurvivor[]
}

/** What a mutant and its entry in the list have in common. */
export function descriptionOf({ file, line, becomes }: Pick<Mutant, 'file' | 'line' | 'becomes'>): string {
  return `${file}: ${line} → ${becomes}`
}

/** Sorts the survivors by whether the list has them. Entries for files that were not run are left alone. */
export function acceptanceOf(
  survivors: readonly Mutant[],
  list: readonly AcceptedSurvivor[],
  filesRun: ReadonlySet<string>,
): Acceptance {
  const entries = new Map(list.map((entry) => [descriptionOf(entry), entry]))
  const surviving = new Set(survivors.map(descriptionOf))
  const isEquivalent = (mutant: Mutant): boolean => entries.get(descriptionOf(mutant))?.equivalent === true
  const listed = survivors.filter((mutant) => entries.has(descriptionOf(mutant)))
  return {
    accepted: listed.filter((mutant) => !isEquivalent(mutant)),
    equivalent: listed.filter(isEquivalent),
    unlisted: survivors.filter((mutant) => !entries.has(descriptionOf(mutant))),
    stale: list.filter((entry) => filesRun.has(entry.file) && !surviving.has(descriptionOf(entry))),
  }
}
