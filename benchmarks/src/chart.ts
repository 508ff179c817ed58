// Written by hand: the libraries that draw without a browser, such as ECharts and Vega, are large, and the small ones need
// a document. What they would do here is one multiplication a bar.
import { allAdapters } from './adapters/all-adapters.js'
import type { Comparison } from './comparison.js'
import { figure, whatOf } from './comparison-table.js'

const SHOWN = ['redis', 'bullmq', 'bee-queue']

// Pages are light or dark, and an image does not know: a grey that can be read on both, and no background.
const TEXT = '#6e7781'
const FILLS: Readonly<Record<string, string>> = { redis: '#2f81f7', bullmq: '#8b949e', 'bee-queue': '#b3bac2' }

const COLUMN = 480
const LABELS = 110
const BARS = 255
const BAR = 14
const GROUP = SHOWN.length * (BAR + 4) + 38
const TOP = 58

/** A chart of the first metric of each scenario in which more is better, and of each in which less is. */
export function chart(comparisons: readonly Comparison[], caption: string): string {
  const columns = [
    { title: 'More is better', groups: firstOfEach(comparisons, 'at least') },
    { title: 'Less is better', groups: firstOfEach(comparisons, 'at most') },
  ].filter(({ groups }) => groups.length > 0)
  const height = TOP + Math.max(0, ...columns.map(({ groups }) => groups.length)) * GROUP
  const width = COLUMN * columns.length
  const body = columns.flatMap(({ title, groups }, column) => [
    `<text x="${String(column * COLUMN)}" y="24" font-size="15" font-weight="600">${title}</text>`,
    ...groups.flatMap((group, index) => bars(group, column * COLUMN, TOP + index * GROUP)),
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${TEXT}">`,
    `<title>goscheds on Redis beside BullMQ and bee-queue</title>`,
    `<desc>${escaped(caption)}</desc>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

function firstOfEach(comparisons: readonly Comparison[], bound: 'at least' | 'at most'): readonly Comparison[] {
  const ofBound = comparisons.filter(({ verdicts }) => verdicts[0]?.target.bound === bound)
  return ofBound.filter(
    ({ scenario }, index) => ofBound.findIndex((other) => other.scenario.id === scenario.id) === index,
  )
}

function bars(comparison: Comparison, x: number, y: number): readonly string[] {
  const { rows, metric } = comparison
  const medians = SHOWN.map((name) => rows.find(({ store }) => store === name)?.summaries[metric.key]?.median ?? 0)
  const longest = Math.max(...medians)
  return [
    `<text x="${String(x)}" y="${String(y)}" font-weight="600">${escaped(whatOf(comparison))}</text>`,
    ...SHOWN.flatMap((name, index) => {
      const top = y + 10 + index * (BAR + 4)
      const length = longest === 0 ? 0 : Math.max(1, Math.round(((medians[index] ?? 0) / longest) * BARS))
      const label = allAdapters.find((adapter) => adapter.name === name)?.label ?? name
      return [
        `<text x="${String(x)}" y="${String(top + 11)}">${escaped(label)}</text>`,
        `<rect x="${String(x + LABELS)}" y="${String(top)}" width="${String(length)}" height="${String(BAR)}" rx="2" fill="${FILLS[name] ?? TEXT}"/>`,
        `<text x="${String(x + LABELS + length + 6)}" y="${String(top + 11)}">${escaped(figure(comparison, name))}</text>`,
      ]
    }),
  ]
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '')
}
