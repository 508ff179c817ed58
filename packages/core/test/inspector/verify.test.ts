import { openManualMemoryStore } from '@goscheds/memory/testing'
import { describe, expect, it } from 'vitest'
import { AbstractStore, type AuditPage, Inspector, type Store } from '../../src/index.js'
import { manyReady, openAudited } from '../support/an-audited-store.js'

describe('verify', () => {
  it.each([
    [{ limit: 0 }, 'limit must be'],
    [{ maxFindings: 1.5 }, 'maxFindings must be'],
    [{ signal: true }, 'signal must be an AbortSignal'],
    [{ pages: 5 }, "verify options has no option 'pages'"],
  ])('refuses bad options %#', async (options, message) => {
    const { inspector } = openAudited()
    await expect(inspector.verify(options as never)).rejects.toThrow(message)
  })

  it('finds nothing in a sound store, and looks at all of it', async () => {
    const { store, inspector } = openAudited()
    await manyReady(store, 100)
    const report = await inspector.verify({ limit: 7 })
    expect(report).toMatchObject({ findings: [], complete: true })
    expect(report.looked).toBeGreaterThanOrEqual(200)
  })

  it('never asks for more than the limit in one look, nor for many suspects', async () => {
    const { store, inspector, plant, calls } = openAudited()
    for (const id of await manyReady(store, 60)) await plant['lost-job'](id)
    const { findings } = await inspector.verify({ limit: 20 })
    expect(findings).toHaveLength(60)
    const inputs = calls('audit') as { limit: number; suspects?: unknown[] }[]
    expect(inputs.every(({ limit }) => limit === 20)).toBe(true)
    expect(inputs.map(({ suspects = [] }) => suspects.length).filter((length) => length > 0)).toEqual([25, 25, 10])
  })

  it('finds each planted damage, once, and says which job', async () => {
    const { store, inspector, plant } = openAudited()
    const [lost = '', doubled = ''] = await manyReady(store, 3)
    await plant['lost-job'](lost)
    await plant['two-places'](doubled)
    const { findings } = await inspector.verify({ limit: 1 })
    expect(findings.map(({ kind, id, name }) => [kind, id, name]).sort()).toEqual([
      ['lost-job', lost, 'email'],
      ['two-places', doubled, 'email'],
    ])
  })

  it('does not report a job that moves while it looks', async () => {
    const { store, inspector, faults } = openAudited()
    await manyReady(store, 50)
    faults.set('audit', async (run) => {
      const page = await run()
      const { jobs } = await store.claim({ name: 'email', worker: 'w', limit: 3, leaseMs: 1_000 })
      const entries = jobs.map((lease) => ({ lease, settlement: { type: 'released', delayMs: 0 } as const }))
      await store.settle({ entries })
      return page
    })
    expect(await inspector.verify({ limit: 5 })).toMatchObject({ findings: [], complete: true })
  })

  it('reports only what the second look confirms', async () => {
    const { store, inspector, faults } = openAudited()
    await manyReady(store, 1)
    const suspects = [{ kind: 'orphan', key: '2\tnothing' }] as const
    faults.set('audit', async (run) => ({ ...((await run()) as AuditPage), suspects }))
    expect(await inspector.verify()).toMatchObject({ findings: [] })
  })

  it('stops at the signal, and says that it is not complete', async () => {
    const { store, inspector, faults, calls } = openAudited()
    await manyReady(store, 50)
    const controller = new AbortController()
    faults.set('audit', async (run) => {
      if (calls('audit').length === 3) controller.abort()
      return run()
    })
    const report = await inspector.verify({ limit: 10, signal: controller.signal })
    expect(report).toMatchObject({ findings: [], complete: false, looked: 30 })
    expect(await inspector.verify({ signal: AbortSignal.abort() })).toEqual({
      looked: 0,
      findings: [],
      complete: false,
    })
  })

  it('stops when it has found enough', async () => {
    const { store, inspector, plant } = openAudited()
    for (const id of await manyReady(store, 60)) await plant['leftover'](id)
    const report = await inspector.verify({ limit: 30, maxFindings: 10 })
    expect(report).toMatchObject({ complete: false, looked: 30 })
    expect(report.findings).toHaveLength(10)
  })

  it('rejects when the store fails, or has no audit', async () => {
    const { inspector, faults } = openAudited()
    faults.set('audit', () => Promise.reject(new Error('ECONNREFUSED')))
    await expect(inspector.verify()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    const { store: memory } = openManualMemoryStore()
    const store: Store = Object.create(memory, { audit: { value: AbstractStore.prototype.audit } })
    Object.defineProperties(store, { open: { value: async () => {} }, kind: { value: 'plain' } })
    await expect(new Inspector({ store }).verify()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  })
})
