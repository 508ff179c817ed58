import { describe, expect, it } from 'vitest'
import { startVitest, type TestModule } from 'vitest/node'
import { conformanceCases, testStore } from '../src/index.js'
import { openMemory } from './open-memory.js'

// Each of the first two is a run of vitest of its own.
describe('testStore', { timeout: 60_000 }, () => {
  it('fails once, with the reason, when the store cannot be opened', async () => {
    const run = await runFixture('unopenable-store')
    const [suite] = run.children.suites()
    expect(suite?.errors().map(({ message }) => message)).toEqual([
      'the store a store without its server did not open, so no case was run: nothing listens on port 6379',
    ])
    const states = [...run.children.allTests()].map((test) => test.result().state)
    expect(new Set(states)).toEqual(new Set(['skipped']))
    expect(states).toHaveLength(conformanceCases.length)
  })

  it('leaves out, with the reason, what is skipped and what the harness cannot do', async () => {
    const run = await runFixture('unfit-store')
    const notes = new Map<string, number>()
    for (const test of run.children.allTests()) {
      const result = test.result()
      const note = result.state === 'skipped' ? (result.note ?? '') : result.state
      notes.set(note, (notes.get(note) ?? 0) + 1)
    }
    const core = conformanceCases.filter(({ level }) => level === 'core')
    const needs = (requirement: string): number => core.filter(({ requires }) => requires?.[0] === requirement).length
    expect(Object.fromEntries(notes)).toEqual({
      passed: core.length - 1 - needs('connect') - needs('damage'),
      'keeps no NUL characters': 1,
      'the harness has no connect()': needs('connect'),
      'the harness has no damage()': needs('damage'),
    })
  })

  it('refuses to skip a case that does not exist, or without a reason', () => {
    const options = { name: 'a store', open: () => openMemory() }
    expect(() => testStore({ ...options, skip: { 'claim/teleports': 'cannot' } })).toThrow(/claim\/teleports/)
    expect(() => testStore({ ...options, skip: { 'claim/limit': ' ' } })).toThrow(/no reason/)
  })
})

/** Runs one fixture as vitest would run a stranger's test file. */
async function runFixture(name: string): Promise<TestModule> {
  const conditions = ['@goscheds/source', 'module', 'node', 'development|production']
  const exitCode = process.exitCode
  const vitest = await startVitest(
    'test',
    [],
    { config: false, watch: false, root: import.meta.dirname, include: [`fixtures/${name}.ts`], reporters: [{}] },
    { resolve: { conditions }, ssr: { resolve: { conditions } } },
  )
  try {
    const [run] = vitest.state.getTestModules()
    if (run === undefined) throw new Error(`the fixture ${name} did not run`)
    return run
  } finally {
    await vitest.close()
    // That the fixture fails is what is tested, and no failure of this run.
    process.exitCode = exitCode
  }
}
