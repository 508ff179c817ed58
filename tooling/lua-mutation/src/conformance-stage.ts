import type { CaseRun } from './lane-messages.js'
import { Lane } from './lane.js'
import { type LuaFile, replacedName, methodsWith } from './lua-files.js'
import type { Mutant } from './mutants.js'
import { caseIds } from './run-cases.js'

/** How a mutant fared. */
export interface Verdict {
  readonly mutant: Mutant
  /** The case or the test file that failed; nothing for a survivor. */
  readonly killedBy?: string
}

/**
 * Runs every case on the scripts as they are.
 *
 * @throws Error with the case and its failure: then no score means anything.
 */
export async function runBaseline(): Promise<readonly CaseRun[]> {
  const lane = new Lane()
  try {
    const runs = await lane.run({ replaced: {}, cases: caseIds })
    const last = runs.at(-1)
    if (last?.failure !== undefined) throw new Error(`the scripts as they are fail ${last.id}: ${last.failure}`)
    return runs
  } finally {
    await lane.stop()
  }
}

/**
 * Gives each mutant the cases that run a script with the changed file: first those that failed on its neighbours, then
 * the quickest first. `lanes` mutants at a time.
 */
export async function runConformance(
  mutants: readonly Mutant[],
  baseline: readonly CaseRun[],
  files: readonly LuaFile[],
  options: { readonly lanes: number; readonly onVerdict: (verdict: Verdict) => void },
): Promise<void> {
  const quickestFirst = [...baseline].sort((a, b) => a.tookMs - b.tookMs)
  const killersOf = new Map<string, string[]>()
  const queue = [...mutants]
  const work = async (lane: Lane): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const killers = killersOf.get(mutant.file) ?? []
      killersOf.set(mutant.file, killers)
      const touched = methodsWith(mutant.file, files)
      const touching = quickestFirst.filter(({ id, methods }) => isAbout(touched, id, methods))
      const cases = [...new Set([...killers, ...touching.map(({ id }) => id)])]
      // The manual clock stands in for this file, so no case would see the change.
      const runs =
        mutant.file === 'lib/now.lua'
          ? []
          : await lane.run({ replaced: { [replacedName(mutant.file)]: mutant.text }, cases })
      const last = runs.at(-1)
      if (last?.failure === undefined) {
        options.onVerdict({ mutant })
        continue
      }
      options.onVerdict({ mutant, killedBy: last.id })
      const others = killers.filter((id) => id !== last.id)
      if (last.id !== 'none') killers.splice(0, killers.length, last.id, ...others)
    }
    await lane.stop()
  }
  await Promise.all(Array.from({ length: options.lanes }, () => work(new Lane())))
}

/** Whether a case runs one of the methods. Every case ends with an audit: what only that runs has cases of its own. */
function isAbout(touched: readonly string[], id: string, methods: readonly string[]): boolean {
  if (touched.every((method) => method === 'audit')) return /^(redis\/)?audit\//.test(id)
  return methods.some((method) => touched.includes(method))
}
