import { describe, expect, it } from 'vitest'
import { type Baseline, costChanges, forgottenScenarios } from '../src/costs/cost-changes.js'

const scenario = { name: 'drain at concurrency 10', per: 'job' }
const recorded = { commands: 1.5, requests: 0.2, memory: 300 }
const baseline: Baseline = { server: 'redis 7.0.15, libc', scenarios: { [scenario.name]: recorded } }

describe('the cost gate', () => {
  it('has nothing to say when all is as recorded', () => {
    expect(costChanges(scenario, baseline, recorded)).toEqual([])
    expect(forgottenScenarios([scenario], baseline)).toEqual([])
  })

  it('names the scenario and the figure of a rise, with both values, however small it is', () => {
    expect(costChanges(scenario, baseline, { ...recorded, requests: 0.2002 })).toEqual([
      'drain at concurrency 10: requests per job rose: baseline 0.2, now 0.2002 (+0.100 %); ' +
        'mend it, or say in the commit why it must cost more and record it: pnpm bench:costs --record',
    ])
  })

  it('asks to record a fall, so that the better figure is the one to keep', () => {
    expect(costChanges(scenario, baseline, { ...recorded, commands: 1.2 })).toEqual([
      'drain at concurrency 10: commands per job fell: baseline 1.5, now 1.2 (-20.0 %); ' +
        'for the better figure to be kept, record it: pnpm bench:costs --record',
    ])
  })

  it('tells of every figure that is different', () => {
    expect(costChanges(scenario, baseline, { commands: 2, requests: 0.3, memory: 310 })).toHaveLength(3)
  })

  it('lets memory differ by half a percent, and no more', () => {
    expect(costChanges(scenario, baseline, { ...recorded, memory: 301.4 })).toEqual([])
    expect(costChanges(scenario, baseline, { ...recorded, memory: 298.6 })).toEqual([])
    expect(costChanges(scenario, baseline, { ...recorded, memory: 301.6 })).toEqual([
      expect.stringContaining('memory per job rose'),
    ])
    expect(costChanges(scenario, baseline, { ...recorded, memory: 298.4 })).toEqual([
      expect.stringContaining('memory per job fell'),
    ])
  })

  it('finds a rise from nothing', () => {
    const free = { ...baseline, scenarios: { [scenario.name]: { commands: 0 } } }
    expect(costChanges(scenario, free, { commands: 1 })).toEqual([expect.stringMatching(/rose: baseline 0, now 1; /)])
  })

  it('finds a scenario, and a figure, that the baseline does not have', () => {
    expect(costChanges({ ...scenario, name: 'idle' }, baseline, recorded)).toEqual([
      'idle: is not in the baseline; record it: pnpm bench:costs --record',
    ])
    expect(costChanges(scenario, baseline, { ...recorded, bytesIn: 1 })).toEqual([
      expect.stringContaining('bytesIn is not in the baseline'),
    ])
  })

  it('finds a scenario, and a figure, that only the baseline has', () => {
    expect(forgottenScenarios([], baseline)).toEqual([
      expect.stringContaining('drain at concurrency 10: is in the baseline, and there is no such scenario'),
    ])
    expect(costChanges(scenario, baseline, { commands: 1.5, requests: 0.2 })).toEqual([
      expect.stringContaining('memory is in the baseline and is not measured'),
    ])
  })
})
