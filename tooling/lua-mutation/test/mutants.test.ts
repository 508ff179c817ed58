import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Redis } from 'ioredis'
import { startOwnTestRedis } from '@goscheds/test-redis'
import { type LuaFile, methodsWith, readLuaFiles, replacedName } from '../src/lua-files.js'
import { type Mutant, mutantsOf } from '../src/mutants.js'

/** What the one line of a text may turn into, by kind. */
function changesOf(line: string): string[] {
  return mutantsOf('a.lua', line).map(({ kind, becomes }) => `${kind}: ${becomes}`)
}

describe('a call of Redis', () => {
  it('that stands alone is left out, and sent as a near command or to another key', () => {
    expect(changesOf("redis.call('LPUSH', P .. 'runs', ticket)")).toEqual([
      'delete: ',
      "command: redis.call('RPUSH', P .. 'runs', ticket)",
      "key: redis.call('LPUSH', P .. 'errors', ticket)",
    ])
  })

  it('whose answer is used answers that nothing is there', () => {
    expect(changesOf("local text = redis.call('HGET', jobs, id)")).toEqual(['delete: local text = false'])
    expect(changesOf("local count = redis.call('LLEN', key)")).toEqual(['delete: local count = 0'])
    expect(changesOf("return redis.call('SMEMBERS', key)[1]")[0]).toBe('delete: return ({})[1]')
  })

  it('takes other members: one more or less at each end, or none at the bound', () => {
    const changes = changesOf("f(redis.call('ZRANGEBYSCORE', key, '-inf', time, 'LIMIT', 0, left))")
    expect(changes).toContain("bound: f(redis.call('ZRANGEBYSCORE', key, '-inf', '(' .. (time), 'LIMIT', 0, left))")
    expect(changes).toContain("index: f(redis.call('ZRANGEBYSCORE', key, '-inf', time, 'LIMIT', 0, left - 1))")
    expect(changesOf("f(redis.call('LRANGE', key, 0, -1))")).toContain("index: f(redis.call('LRANGE', key, 0, -2))")
  })

  it('counts the other way, or answers the contrary', () => {
    expect(changesOf("redis.call('HINCRBY', key, name, count)")).toContain(
      "sign: redis.call('HINCRBY', key, name, -(count))",
    )
    expect(changesOf("f(redis.call('EXISTS', key))")).toContain("invert: f((1 - redis.call('EXISTS', key)))")
  })

  it('may be one of a helper, which ends a job in another state or not at all', () => {
    expect(changesOf("stays = finish('dead', id)")).toEqual([
      'delete: stays = false',
      'delete: stays = true',
      "state: stays = finish('cancelled', id)",
    ])
    expect(changesOf('local function finish(state, id)')).toEqual([])
  })
})

describe('beside the calls', () => {
  it('comparisons, logic, sums, roundings and numbers change', () => {
    expect(changesOf('x = a <= b and not c')).toEqual([
      'comparison: x = a < b and not c',
      'logic: x = a <= b or not c',
      'logic: x = a <= b and  c',
    ])
    expect(changesOf('x = math.floor(a - 1) + 1000')).toEqual([
      'rounding: x = math.ceil(a - 1) + 1000',
      'arithmetic: x = math.floor(a + 1) + 1000',
      'number: x = math.floor(a - 2) + 1000',
      'arithmetic: x = math.floor(a - 1) - 1000',
      'number: x = math.floor(a - 1) + 1',
    ])
  })

  it('each text of a list is left out in turn', () => {
    expect(changesOf("x = { 'jobs', 'runs' }")).toEqual(["item: x = {  'runs' }", "item: x = { 'jobs' }"])
  })

  it('what is written in comments and texts stays', () => {
    expect(changesOf("-- a < b and 1\nx = 'a < b and 1'")).toEqual([])
  })
})

it('a text that it cannot read is refused with the line', () => {
  expect(() => mutantsOf('a.lua', 'local a = b\nlocal c = ?')).toThrow('line 2')
})

describe('the scripts of the store', () => {
  let files: readonly LuaFile[]
  let mutants: readonly Mutant[]
  beforeAll(async () => {
    files = await readLuaFiles()
    mutants = files.flatMap(({ file, text }) => mutantsOf(file, text))
  })

  it('have mutants in every file, each with an id of its own, and always the same', () => {
    expect(new Set(mutants.map(({ file }) => file))).toEqual(new Set(files.map(({ file }) => file)))
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
    expect(files.flatMap(({ file, text }) => mutantsOf(file, text))).toEqual(mutants)
    expect(mutants.find(({ file }) => file === 'claim.lua')?.id).toMatch(/^claim\.lua:\d+:1 \w+$/)
  })

  it('are still Lua with each change, so that none is noticed for its form alone', { timeout: 60_000 }, async () => {
    const server = await startOwnTestRedis()
    onTestFinished(() => server.stop())
    const client = new Redis(server.url)
    onTestFinished(() => client.disconnect())
    const check = 'local _, problem = loadstring(ARGV[1]) return problem or false'
    const problems = await Promise.all(mutants.map(({ text }) => client.eval(check, 0, text)))
    expect(problems.filter((problem) => problem !== null)).toEqual([])
  })

  it('are known by the methods that run them', () => {
    expect(methodsWith('claim.lua', files)).toEqual(['claim'])
    expect(methodsWith('lib/inbox.lua', files)).toEqual(['claim', 'leave', 'reap'])
    expect(replacedName('wait-for-ready.lua')).toBe('waitForReady')
  })
})
