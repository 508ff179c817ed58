import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allAdapters } from './adapters/all-adapters.js'
import { chart } from './chart.js'
import { compare } from './comparison.js'
import { comparisonTable } from './comparison-table.js'
import { describeProvenance, type Provenance } from './provenance.js'
import { report } from './report.js'
import type { RunResult } from './run-result.js'
import type { Scenario } from './scenario.js'
import { toMarkdown } from './table.js'

/** The pages that show the figures, between marks such as `<!-- figures: summary -->` and `<!-- end of figures -->`. */
const PAGES = ['README.md', join('docs', 'performance.md')]

const BLOCK = /(<!-- figures: (\w+) -->\n)[\s\S]*?(<!-- end of figures -->)/g

/** What a whole run of the benchmarks found. */
export interface Measured {
  readonly provenance: Provenance
  readonly scenarios: readonly Scenario[]
  readonly results: readonly RunResult[]
}

/**
 * Writes what was measured to `benchmarks/results` of a checkout, as data, as a page and as a chart, and the same text into
 * the pages that show it, so that no figure is ever copied by hand.
 */
export async function saveResults(measured: Measured, checkout: string): Promise<void> {
  const { provenance, scenarios, results } = measured
  const folder = join(checkout, 'benchmarks', 'results')
  const comparisons = compare(scenarios, results)
  const measuredWith = describeProvenance(provenance)
  const summary = [measuredWith, '', toMarkdown(comparisonTable(comparisons, allAdapters))].join('\n')
  const details = report(scenarios, results).map(toMarkdown).join('\n\n')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'latest.json'), `${JSON.stringify({ ...provenance, results }, null, 2)}\n`)
  await writeFile(join(folder, 'latest.md'), `# The latest figures\n\n${summary}\n\n${details}\n`)
  await writeFile(join(folder, 'chart.svg'), chart(comparisons, measuredWith))
  for (const page of PAGES) {
    const path = join(checkout, page)
    await writeFile(path, withFigures(await readFile(path, 'utf8'), { summary, details }))
  }
}

/** A page with its marked blocks filled anew. @throws Error when a mark names no block. */
export function withFigures(page: string, blocks: Readonly<Record<string, string>>): string {
  return page.replace(BLOCK, (_, start: string, name: string, end: string) => {
    const text = blocks[name]
    if (text === undefined) throw new Error(`there are no figures '${name}'`)
    return `${start}\n${text}\n\n${end}`
  })
}
