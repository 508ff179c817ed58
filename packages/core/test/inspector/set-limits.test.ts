import { describe, expect, it } from 'vitest'
import { type Capabilities, Inspector, type NameLimitsOptions } from '../../src/index.js'
import { withCapabilities } from '../support/a-capable-store.js'
import { aWorld } from '../support/a-world.js'
import { refusal } from '../support/open-handler.js'

/** An inspector, and the limits that its store was told of. */
function anInspector(capabilities: Partial<Capabilities> = { limits: true, groups: true }) {
  const world = aWorld()
  world.faults.set('setLimits', async () => {})
  const store = withCapabilities(world.store, capabilities)
  return { inspector: new Inspector({ store, runtime: world.clock }), told: () => world.calls('setLimits') }
}

const rate = { limit: 5, perMs: 1_000 }

describe('setLimits', () => {
  it.each<[string, NameLimitsOptions | null, object | null]>([
    ['a concurrency', { concurrency: 3 }, { concurrency: 3 }],
    ['a rate, whose burst is its limit', { rate }, { rate: { limit: 5, perMs: 1_000, burst: 5 } }],
    ['a rate with a burst of its own', { rate: { ...rate, burst: 1 } }, { rate: { limit: 5, perMs: 1_000, burst: 1 } }],
    [
      'limits of each group',
      { perGroup: { concurrency: 2, rate, ordered: false } },
      { perGroup: { concurrency: 2, rate: { limit: 5, perMs: 1_000, burst: 5 } } },
    ],
    ['an order in each group', { perGroup: { concurrency: 1, ordered: true } }, undefined as never],
    [
      'all of it',
      { concurrency: 1_000_000, rate: { limit: 1, perMs: 1, burst: 1 }, perGroup: { concurrency: 1 } },
      undefined as never,
    ],
    ['no limits any more', null, null],
  ])('tells the store %s', async (_what, given, expected) => {
    const { inspector, told } = anInspector()
    await inspector.setLimits('email', given)
    expect(told()).toEqual([{ name: 'email', limits: expected === undefined ? given : expected }])
  })

  it('takes an option that is undefined for one that is not given', async () => {
    const { inspector, told } = anInspector()
    await inspector.setLimits('email', { concurrency: 1, rate: undefined, perGroup: undefined })
    expect(told()).toEqual([{ name: 'email', limits: { concurrency: 1 } }])
    expect(Object.keys((told()[0] as { limits: object }).limits)).toEqual(['concurrency'])
  })

  it('is seen in the counts, also of a name without jobs, until it is lifted', async () => {
    const { inspector } = aWorld()
    await inspector.setLimits('email', { rate, perGroup: { concurrency: 1, ordered: true } })
    const limits = { rate: { ...rate, burst: 5 }, perGroup: { concurrency: 1, ordered: true } }
    expect((await inspector.counts(['email', 'report']))[0]).toMatchObject({ name: 'email', groups: 0, limits })
    await inspector.setLimits('email', { concurrency: 2 })
    expect((await inspector.counts(['email']))[0]?.limits).toEqual({ concurrency: 2 })
    await inspector.setLimits('email', null)
    expect((await inspector.counts(['email']))[0]).not.toHaveProperty('limits')
  })

  const aboutPause = 'to let nothing run is a pause: inspector.pause(name)'
  it.each<[unknown, string]>([
    [{ concurrency: 0 }, `concurrency must be a whole number from 1 to 1000000, got 0; ${aboutPause}`],
    [{ concurrency: -1 }, aboutPause],
    [{ concurrency: 1.5 }, 'concurrency must be a whole number from 1 to 1000000, got 1.5'],
    [{ concurrency: 1_000_001 }, 'concurrency must be a whole number from 1 to 1000000, got 1000001'],
    [{ concurrency: Number.NaN }, 'concurrency must be a whole number from 1 to 1000000, got NaN'],
    [{ concurrency: '3' }, 'concurrency must be a whole number from 1 to 1000000, got "3"'],
    [{ rate: 5 }, 'rate must be an object, got 5'],
    [{ rate: {} }, 'rate.limit must be a whole number from 1 to 1000000, got undefined'],
    [{ rate: { limit: 5 } }, 'rate.perMs must be a whole number from 1 to'],
    [{ rate: { ...rate, limit: 0 } }, `rate.limit must be a whole number from 1 to 1000000, got 0; ${aboutPause}`],
    [{ rate: { ...rate, perMs: 0.5 } }, 'rate.perMs must be a whole number from 1 to'],
    [{ rate: { ...rate, perMs: Infinity } }, 'rate.perMs must be a whole number from 1 to'],
    [{ rate: { ...rate, burst: 0 } }, 'rate.burst must be a whole number from 1 to 1000000, got 0'],
    [{ rate: { ...rate, per: 5 } }, "rate has no option 'per'; it knows limit, perMs, burst"],
    [
      { perGroup: { concurrency: 0 } },
      `perGroup.concurrency must be a whole number from 1 to 1000000, got 0; ${aboutPause}`,
    ],
    [{ perGroup: { rate: { limit: 1.5, perMs: 1 } } }, 'perGroup.rate.limit must be a whole number'],
    [{ perGroup: { ordered: true } }, 'perGroup.ordered needs perGroup.concurrency: 1'],
    [{ perGroup: { ordered: true, concurrency: 2 } }, 'perGroup.ordered needs perGroup.concurrency: 1'],
    [{ perGroup: { ordered: 'yes', concurrency: 1 } }, 'perGroup.ordered must be true or false, got "yes"'],
    [{ perGroup: {} }, 'perGroup must have one of concurrency, rate, ordered; leave it out for no limit'],
    [{ perGroup: { ordered: false } }, 'perGroup must have one of'],
    [{ perGroup: { fair: true } }, "perGroup has no option 'fair'; it knows concurrency, rate, ordered"],
    [{ concurency: 3 }, "limits has no option 'concurency'; it knows concurrency, rate, perGroup"],
    [{}, 'limits must have one of concurrency, rate, perGroup; null lifts what limits there are'],
    [undefined, 'limits must be an object, got undefined'],
    [3, 'limits must be an object, got 3'],
  ])('refuses %j, and the store is told nothing', async (limits, message) => {
    const { inspector, told } = anInspector()
    const error = await refusal(inspector.setLimits('email', limits as NameLimitsOptions))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) as string })
    expect(told()).toEqual([])
  })

  it.each([[''], ['a{b'], [5], [undefined]])('is of no name %j', async (name) => {
    const { inspector, told } = anInspector()
    const error = await refusal(inspector.setLimits(name as string, { concurrency: 1 }))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(told()).toEqual([])
  })

  it('is refused by a store that has no limits, and for each group by one that has no groups', async () => {
    const none = anInspector({ limits: false, groups: false })
    for (const limits of [{ concurrency: 1 }, null]) {
      expect(await refusal(none.inspector.setLimits('email', limits))).toMatchObject({ code: 'NOT_SUPPORTED' })
    }
    const ungrouped = anInspector({ limits: true, groups: false })
    await ungrouped.inspector.setLimits('email', { concurrency: 1 })
    const perGroup = { concurrency: 1 }
    expect(await refusal(ungrouped.inspector.setLimits('email', { perGroup }))).toMatchObject({ code: 'NOT_SUPPORTED' })
    expect([none.told().length, ungrouped.told().length]).toEqual([0, 1])
  })
})
