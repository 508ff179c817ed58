import { describe, expect, it } from 'vitest'
import { defineJob, type PushOptions } from '../../src/index.js'
import { withCapabilities } from '../support/a-capable-store.js'
import { aWorld } from '../support/a-world.js'
import { refusal } from '../support/open-handler.js'

function aProducer(groups = true) {
  const world = aWorld()
  const stored = (): unknown[] => (world.calls('enqueue') as { jobs: unknown[] }[]).flatMap(({ jobs }) => jobs)
  return { stored, scheduler: world.scheduler({ store: withCapabilities(world.store, { groups }) }) }
}

describe('a push with a group', () => {
  it('hands the key and the weight to the store, the weight only where it is not 1', async () => {
    const { scheduler, stored } = aProducer()
    await scheduler.push('email', {}, { group: { key: 'tenant 1' } })
    await scheduler.pushScheduled('email', {}, { delayMs: 5, group: { key: 'b', weight: 1 } })
    await scheduler.pushMany([{ name: 'email', args: {}, group: { key: 'c', weight: 0.001 } }])
    await scheduler.push('email', {}, { group: { key: 'd', weight: 1_000 }, priority: 0 })
    expect(stored()).toMatchObject([
      { group: { key: 'tenant 1' } },
      { group: { key: 'b' } },
      { group: { key: 'c', weight: 0.001 } },
      { group: { key: 'd', weight: 1_000 } },
    ])
    expect(stored()[1]).not.toHaveProperty('group.weight')
    expect(stored()[3]).not.toHaveProperty('priority')
  })

  it('leaves the group out of the options text, and a plain job without one', async () => {
    const { scheduler, stored } = aProducer()
    await scheduler.push('email', {}, { group: { key: 'a' } })
    await scheduler.push('email', {}, { group: undefined })
    expect(stored()).toMatchObject([{ options: '' }, { options: '' }])
    expect(stored()[1]).not.toHaveProperty('group')
  })

  it.each<[unknown, string]>([
    ['tenant', 'group must be an object, got "tenant"'],
    [{}, 'group.key must be a string, got undefined'],
    [{ key: '' }, 'group.key must have 1 to 256 characters'],
    [{ key: 'a{b' }, 'group.key must have no control characters and no braces'],
    [{ key: 'a', weight: 0 }, 'group.weight must be a number from 0.001 to 1000, got 0'],
    [{ key: 'a', weight: 1_001 }, 'group.weight must be a number from 0.001 to 1000, got 1001'],
    [{ key: 'a', weight: '2' }, 'group.weight must be a number from 0.001 to 1000, got "2"'],
    [{ key: 'a', wait: 2 }, "group has no option 'wait'; it knows key, weight"],
  ])('is refused for the group %j', async (group, message) => {
    const { scheduler, stored } = aProducer()
    const options = { group } as PushOptions
    expect(await refusal(scheduler.push('email', {}, options))).toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) as string },
    })
    expect(stored()).toEqual([])
  })

  it('and with a priority is refused with the reason, also where the definition has the priority', async () => {
    const { scheduler, stored } = aProducer()
    const group = { key: 'a' }
    const email = defineJob({ name: 'email', priority: -5 })
    const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('not both: among groups') as string }
    expect(await refusal(scheduler.push('email', {}, { group, priority: 1 }))).toMatchObject(refused)
    expect(await refusal(scheduler.push(email, {}, { group }))).toMatchObject(refused)
    const outcomes = await scheduler.pushMany([
      email.entry({}, { group }),
      email.entry({}, { id: 'own', group, priority: 0 }),
    ])
    expect(outcomes).toMatchObject([
      { status: 'rejected', error: refused },
      { status: 'added', id: 'own' },
    ])
    expect(stored()).toMatchObject([{ id: 'own', group }])
  })

  it('is refused by a store that has no groups, and a plain one is not', async () => {
    const { scheduler, stored } = aProducer(false)
    const message = 'the memory store does not carry out the option group'
    const refused = { code: 'NOT_SUPPORTED', message }
    expect(await refusal(scheduler.push('email', {}, { group: { key: 'a' } }))).toMatchObject(refused)
    const outcomes = await scheduler.pushMany([
      { name: 'email', args: {}, group: { key: 'a' } },
      { name: 'email', args: {} },
    ])
    expect(outcomes).toMatchObject([{ status: 'rejected', error: refused }, { status: 'added' }])
    expect(stored()).toHaveLength(1)
  })

  it('is no option of a definition, whose jobs would all be of one group', () => {
    const define = (): unknown => defineJob({ name: 'email', group: { key: 'a' } } as never)
    expect(define).toThrow("a definition has no option 'group'")
  })
})
