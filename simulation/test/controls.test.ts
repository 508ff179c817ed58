import { describe, expect, it } from 'vitest'
import { allDefects } from '../src/defects/all-defects.js'
import { runSeed } from '../src/run-seed.js'

const MAX_SEEDS = 1_000

describe('the simulation finds a store that', () => {
  it.each(allDefects.map((defect) => [defect.name, defect.guarantee, defect] as const))(
    '%s (%s)',
    { timeout: 300_000 },
    async (_name, guarantee, defect) => {
      for (let seed = 1; seed <= MAX_SEEDS; seed++) {
        const { findings } = await runSeed(seed, defect)
        if (findings.some((finding) => finding.guarantee === guarantee)) return
      }
      expect.fail(`${MAX_SEEDS} seeds have not shown that ${guarantee} is broken`)
    },
  )
})
