/** Something to print. */
export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** For a terminal: columns in line. */
export function toText({ title, head, rows }: Table): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const aligned = lines.map((line) =>
    `  ${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd(),
  )
  return [title, ...aligned].join('\n')
}

/** For a page. */
export function toMarkdown({ title, head, rows }: Table): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [`**${title}**`, '', ...lines].join('\n')
}

/** A number as a cell has it: `12,345.6`. */
export function count(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
