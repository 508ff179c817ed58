import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { conformanceCases } from '@goscheds/conformance'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

describe('the README', () => {
  it('has a program by line 20 that runs as pasted', { timeout: 30_000 }, async () => {
    const readme = read('README.md')
    const [, program = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
    const firstLine = readme.slice(0, readme.indexOf(program)).split('\n').length
    expect(firstLine).toBeLessThanOrEqual(20)

    // Beneath the root, so that it finds the packages as an installed program would: built.
    const folder = mkdtempSync(join(ROOT, 'node_modules', 'readme-'))
    try {
      writeFileSync(join(folder, 'quickstart.mjs'), program)
      const { stdout } = await run(process.execPath, [join(folder, 'quickstart.mjs')])
      expect(stdout).toBe('to ada@example.com, attempt 1\nto bob@example.com, attempt 1\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** The cases that a page names, or all of a group that it names as `group/*`. */
function casesNamedBy(page: string): { readonly known: Set<string>; readonly unknown: string[] } {
  const ids = conformanceCases.map(({ id }) => id)
  const known = new Set<string>()
  const unknown: string[] = []
  for (const [, named = ''] of page.matchAll(/`([a-z-]+\/(?:[A-Za-z0-9-]+|\*))`/g)) {
    const found = named.endsWith('/*')
      ? ids.filter((id) => id.startsWith(named.slice(0, -1)))
      : ids.filter((id) => id === named)
    for (const id of found) known.add(id)
    if (found.length === 0 && named !== 'group/case') unknown.push(named)
  }
  return { known, unknown }
}

describe('the page of what a job can ask for', () => {
  const page = read('docs/capabilities.md')

  it('names cases that the suite has', () => {
    expect(casesNamedBy(page).unknown).toEqual([])
  })

  it('names each case of the capabilities', () => {
    const groups = [
      'priority/',
      'expiry/',
      'unique/',
      'pause/',
      'report/',
      'failures/',
      'kept/',
      'finished/',
      'schedules/',
      'fires/',
      'overlap/',
      'limits/',
      'groups/',
    ]
    const { known } = casesNamedBy(page)
    const cases = conformanceCases.map(({ id }) => id).filter((id) => groups.some((group) => id.startsWith(group)))
    expect(cases.length).toBeGreaterThan(100)
    expect(cases.filter((id) => !known.has(id))).toEqual([])
  })

  it('pins every row by a case or a test', () => {
    const [, table = ''] = /\n\| capability [^\n]*\n[^\n]*\n([\s\S]*?)\n\n/.exec(page) ?? []
    const rows = table.split('\n').map((line) => line.slice(2, -2).split(' | '))
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      expect(row).toHaveLength(6)
      expect(row[5], row[0]).toMatch(/`[a-z-]+\/|\.test\.ts\)/)
    }
  })
})

describe('the page of guarantees', () => {
  const page = read('docs/guarantees.md')

  it('lists G1 to G19, each once', () => {
    const numbers = [...page.matchAll(/^\| G(\d+) +\|/gm)].map(([, number]) => Number(number))
    expect(numbers).toEqual(Array.from({ length: 19 }, (_, index) => index + 1))
  })

  it('names cases that the suite has', () => {
    expect(casesNamedBy(page).unknown).toEqual([])
  })

  it('links test files that name the guarantee', () => {
    for (const [line, number = ''] of page.matchAll(/^\| G(\d+) +\|.*$/gm)) {
      for (const [, path = ''] of line.matchAll(
        /\]\(\.\.\/((?:packages\/(?:core|redis)|simulation)\/test\/[^)]+)\)/g,
      )) {
        const names = [...read(path).matchAll(/\((G\d+(?:, G\d+)*)\)/g)].flatMap(([, list = '']) => list.split(', '))
        expect(names, `${path} has a test for G${number}`).toContain(`G${number}`)
      }
    }
  })
})

describe('every page', () => {
  const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')

  it.each(pages)('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(ROOT, dirname(page), link)))
    expect(broken).toEqual([])
  })
})
