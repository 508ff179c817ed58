import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Provenance } from '../src/provenance.js'
import { repository } from '../src/repository.js'
import type { RunResult } from '../src/run-result.js'
import { saveResults, withFigures } from '../src/save-results.js'
import { s1SinglePushes } from '../src/scenarios/s1-single-pushes.js'

const provenance: Provenance = {
  date: '2026-01-02T03:04:05.678Z',
  commit: '0123456789abcdef',
  isClean: true,
  machine: { node: 'v20.0.0', platform: 'linux x64', cpu: 'a & b', cores: 2, memoryGiB: 4, load: 0.1 },
  versions: { Redis: '7.0.0', bullmq: '6.0.0' },
}

const results: readonly RunResult[] = [
  ['redis', 40_000],
  ['bullmq', 10_000],
  ['bee-queue', 20_000],
].map(([store, jobsPerSecond]) => ({
  scenario: 'S1',
  store: String(store),
  variant: '',
  jobs: 30_000,
  metrics: { jobsPerSecond: Number(jobsPerSecond) },
}))

const measured = { provenance, scenarios: [s1SinglePushes], results }

async function aCheckout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'goscheds-results-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'docs'))
  await writeFile(join(folder, 'README.md'), 'before\n<!-- figures: summary -->\nold\n<!-- end of figures -->\nafter\n')
  await writeFile(join(folder, 'docs', 'performance.md'), '<!-- figures: details -->\n<!-- end of figures -->\n')
  return folder
}

test('the figures go to the results and, as the same text, into the pages that show them', async () => {
  const checkout = await aCheckout()
  await saveResults(measured, checkout)
  const read = (...path: readonly string[]): Promise<string> => readFile(join(checkout, ...path), 'utf8')

  expect(JSON.parse(await read('benchmarks', 'results', 'latest.json'))).toEqual({ ...provenance, results })
  const page = await read('benchmarks', 'results', 'latest.md')
  expect(page).toContain('Measured on 2026-01-02 at commit 0123456789: Node 20.0.0, Redis 7.0.0, bullmq 6.0.0;')
  expect(page).toContain('| ≥ 3.5 × BullMQ, ≥ 1.5 × bee-queue | 1 of 1, 1 of 1 |')

  const [, summary = ''] =
    /^before\n<!-- .* -->\n\n([\s\S]+)\n\n<!-- .* -->\nafter\n$/.exec(await read('README.md')) ?? []
  expect(summary).not.toBe('')
  expect(page).toContain(summary)
  const [, details = ''] =
    /^<!-- .* -->\n\n([\s\S]+)\n\n<!-- .* -->\n$/.exec(await read('docs', 'performance.md')) ?? []
  expect(details).toMatch(/^\*\*S1 /)
  expect(page).toContain(details)
})

test('written twice, the pages are the same', async () => {
  const checkout = await aCheckout()
  await saveResults(measured, checkout)
  const once = await readFile(join(checkout, 'README.md'), 'utf8')
  await saveResults(measured, checkout)
  expect(await readFile(join(checkout, 'README.md'), 'utf8')).toBe(once)
})

test('sources that were changed since the commit are said to be', async () => {
  const checkout = await aCheckout()
  await saveResults({ ...measured, provenance: { ...provenance, isClean: false } }, checkout)
  expect(await readFile(join(checkout, 'README.md'), 'utf8')).toContain('with changes that were not committed')
})

test('the bars of the chart are as long as the figures are great', async () => {
  const checkout = await aCheckout()
  await saveResults(measured, checkout)
  const chart = await readFile(join(checkout, 'benchmarks', 'results', 'chart.svg'), 'utf8')
  const [redis = 0, bullmq = 0, beeQueue = 0] = [...chart.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) =>
    Number(width),
  )
  expect(redis / bullmq).toBeCloseTo(4, 1)
  expect(redis / beeQueue).toBeCloseTo(2, 1)
  expect(chart).toContain('>40,000</text>')
  expect(chart).toContain('a &amp; b')
})

test('a page that asks for figures that do not exist is refused', () => {
  const page = '<!-- figures: guesses -->\n<!-- end of figures -->'
  expect(() => withFigures(page, { summary: '' })).toThrow("there are no figures 'guesses'")
})

test.each(['README.md', 'docs/performance.md'])(
  '%s of this repository shows the figures of the results',
  async (page) => {
    const results = await readFile(join(repository, 'benchmarks', 'results', 'latest.md'), 'utf8')
    const blocks = [
      ...(await readFile(join(repository, page), 'utf8')).matchAll(/<!-- figures: \w+ -->\n([\s\S]*?)<!-- end/g),
    ]
    expect(blocks.length).toBeGreaterThan(0)
    for (const [, block = ''] of blocks) {
      expect(block).toMatch(/\d{3}/)
      expect(results).toContain(block.trim())
    }
  },
)
