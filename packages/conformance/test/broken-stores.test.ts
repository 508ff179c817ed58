import { afterAll, describe, expect, it } from 'vitest'
import { conformanceCases, runCase } from '../src/index.js'
import { brokenStores } from './broken/broken-stores.js'
import type { Fault } from './broken/fault.js'
import { openMemory } from './open-memory.js'

// Short, because on a manual clock nothing takes real time: what has not happened by then will not.
const PATIENCE_MS = 100

// `all` tries every case on every broken store, which takes minutes, and lists all that caught it.
const tryAll = process.env['GOSCHEDS_SELF_TEST'] === 'all'

const caseById = new Map(conformanceCases.map((one) => [one.id, one]))

describe('a broken store is caught by the cases that name its fault', () => {
  const table: string[] = []
  afterAll(() => {
    console.log(table.join('\n'))
  })

  for (const fault of brokenStores) {
    it(`a store that ${fault.name}`, { timeout: tryAll ? 120_000 : 10_000 }, async () => {
      const caught = new Set<string>()
      for (const id of tryAll ? caseById.keys() : fault.caughtBy) if (await fails(id, fault)) caught.add(id)
      table.push(`${fault.name} → ${[...caught].join(' ')}`)
      expect(fault.caughtBy.filter((id) => !caught.has(id))).toEqual([])
      expect(fault.caughtBy).not.toEqual([])
    })
  }
})

describe('the suite', () => {
  it('has no case that no broken store fails', () => {
    const covered = new Set(brokenStores.flatMap(({ caughtBy }) => caughtBy).map(groupOf))
    const uncovered = conformanceCases.map(({ id }) => groupOf(id)).filter((id) => !covered.has(id))
    expect([...new Set(uncovered)]).toEqual([])
  })

  it('names each case and each broken store once', () => {
    expect(caseById.size).toBe(conformanceCases.length)
    expect(new Set(brokenStores.map(({ name }) => name)).size).toBe(brokenStores.length)
  })
})

async function fails(id: string, fault: Fault): Promise<boolean> {
  const one = caseById.get(id)
  if (one === undefined) throw new Error(`there is no case ${id}`)
  const run = runCase(one, { open: () => openMemory(fault), patienceMs: PATIENCE_MS, deadlineMs: 2_000 })
  return run.then(
    () => false,
    () => true,
  )
}

/** Cells of the command table count by row, every other case by itself. */
function groupOf(id: string): string {
  return id.startsWith('table/') ? id.slice(0, id.lastIndexOf('/')) : id
}
