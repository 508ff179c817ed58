import type { Options } from './options.js'
import { type RunPlan, variantsOf } from './run-scenario.js'

type WhatToMeasure = Pick<Options, 'scenarios' | 'adapters' | 'runs' | 'jobsOf' | 'against'>

/**
 * In turns, so that what else goes on in the machine meets every subject alike; another one begins in each round. A
 * checkout to compare with runs beside this one.
 */
export function plansOf({ scenarios, adapters, runs, jobsOf, against }: WhatToMeasure): readonly RunPlan[] {
  return scenarios.flatMap((scenario) => {
    const subjects = adapters.filter((adapter) => scenario.appliesTo?.(adapter) ?? true)
    return Array.from({ length: runs }, (_, run) =>
      variantsOf(scenario).flatMap((variant) =>
        rotated(subjects, run).flatMap((adapter) => {
          const plan = { scenario, adapter, variant, jobs: jobsOf(scenario, adapter) }
          if (against === undefined || adapter.isPeer) return [plan]
          const pair = [plan, { ...plan, checkout: against }]
          return run % 2 === 0 ? pair : pair.reverse()
        }),
      ),
    ).flat()
  })
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  return items.map((_, index) => items[(index + by) % items.length] as T)
}
