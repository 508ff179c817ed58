import { checkHistory, type Guarantee, printViolation } from '@goscheds/conformance/history'
import { describe, expect, it } from 'vitest'
import claimLua from '../src/lua/claim.lua'
import leasingLua from '../src/lua/lib/leasing.lua'
import enqueueLua from '../src/lua/enqueue.lua'
import extendLua from '../src/lua/extend.lua'
import controlLua from '../src/lua/lib/control.lua'
import takeOutLua from '../src/lua/lib/take-out.lua'
import turnsLua from '../src/lua/lib/turns.lua'
import uniqueLua from '../src/lua/lib/unique.lua'
import promoteLua from '../src/lua/promote.lua'
import reapLua from '../src/lua/reap.lua'
import reportLua from '../src/lua/report.lua'
import settleLua from '../src/lua/settle.lua'
import { scenes } from './history-scenes.js'
import { Stage } from './history-stage.js'

const HOUR_MS = 3_600_000

/** A script in which one place is wrong: the scene in which it shows, and the guarantee that it breaks. */
interface Control {
  readonly name: string
  readonly file: readonly [name: string, source: string]
  readonly sound: string
  readonly broken: string
  readonly scene: keyof typeof scenes
  readonly guarantee: Guarantee
}

const control = ['control', controlLua] as const
const takeOut = ['take-out', takeOutLua] as const
const turns = ['turns', turnsLua] as const
const unique = ['unique', uniqueLua] as const
const claim = ['claim', claimLua] as const
const leasing = ['leasing', leasingLua] as const
const enqueue = ['enqueue', enqueueLua] as const
const extend = ['extend', extendLua] as const
const promote = ['promote', promoteLua] as const
const reap = ['reap', reapLua] as const
const report = ['report', reportLua] as const
const settle = ['settle', settleLua] as const

/** Acts on what the last call has read, and reads for the next: two steps of what must be one. */
const inTwoSteps = (read: string): string => `(function()
  local read = redis.call('LRANGE', P .. 'read', 0, -1)
  redis.call('DEL', P .. 'read')
  for _, ticket in ipairs(${read}) do redis.call('RPUSH', P .. 'read', ticket) end
  return read
end)()`

const zrem = "call_chunked('ZREM', P .. name .. ':active', tickets)"
const scores = "redis.call('ZMSCORE', active, unpack(ARGV, first, last))"
const readExpired = "redis.call('ZRANGEBYSCORE', P .. name .. ':active', '-inf', time, 'LIMIT', 0, left)"
const readDue = "redis.call('ZRANGEBYSCORE', scheduled, '-inf', time, 'LIMIT', 0, ARGV[1])"
const lookForExpired = "'-inf', time, 'LIMIT', 0, left"
const emptyInbox = 'returned = returned + empty_inbox(name, worker)'
const leave = "redis.call('ZREM', scheduled, unpack(tickets))"
const comeBack =
  "state = wait_again(name, to_ticket(stamp, run.claims, id, name), id, due_at('d' .. delay_ms, time), extra)"
const band = "redis.call('ZRANGEBYSCORE', bands.key, from, to, 'LIMIT', first, count)"
const newestOfBand = "redis.call('ZREVRANGEBYSCORE', bands.key, to, from, 'LIMIT', first, count)"
const freeAtDeath = 'release_key(name, id, stamp, extra, time)\n    if text and not record'
const currentReport = "redis.call('ZSCORE', P .. name .. ':active', ticket)"
const deadline = 'whole(math.ceil(time) + lease_ms)'
const time = 'local time = now()'
const wrongTime = (ms: number): string => `local time = now() + ${ms}`

// prettier-ignore
const controls: readonly Control[] = [
  { name: 'settles without a fence', file: settle, sound: scores, broken: '{ unpack(ARGV, first, last) }', scene: 'takenOver', guarantee: 'G4' },
  { name: 'extends without a fence', file: extend, sound: "if redis.call('ZSCORE', key, ticket) then", broken: 'if true then', scene: 'takenOver', guarantee: 'G4' },
  { name: 'leaves a reaped lease where it is', file: reap, sound: zrem, broken: '', scene: 'takenOver', guarantee: 'G4' },
  { name: 'reaps in two steps', file: reap, sound: readExpired, broken: inTwoSteps(readExpired), scene: 'renewed', guarantee: 'G3' },
  { name: 'reaps whatever is leased', file: reap, sound: lookForExpired, broken: "'-inf', '+inf', 'LIMIT', 0, left", scene: 'tooSoon', guarantee: 'G3' },
  { name: "reaps by a client's clock, an hour ahead", file: reap, sound: time, broken: wrongTime(HOUR_MS), scene: 'tooSoon', guarantee: 'G3' },
  { name: "leases by a client's clock, an hour behind", file: claim, sound: deadline, broken: `whole(math.ceil(time) + lease_ms - ${HOUR_MS})`, scene: 'tooSoon', guarantee: 'G3' },
  { name: 'does not recover an inbox', file: reap, sound: emptyInbox, broken: '', scene: 'inHand', guarantee: 'G7' },
  { name: 'empties an inbox and puts nothing back', file: reap, sound: emptyInbox, broken: "redis.call('DEL', P .. name .. ':inbox:' .. worker)", scene: 'inHand', guarantee: 'G1' },
  { name: 'promotes in two steps', file: promote, sound: readDue, broken: inTwoSteps(readDue), scene: 'due', guarantee: 'G2' },
  { name: 'promotes by reading and does not remove', file: promote, sound: leave, broken: '', scene: 'due', guarantee: 'G2' },
  { name: 'promotes by removing and does not write', file: promote, sound: "redis.call('LPUSH', ready, unpack(of_name))", broken: '#of_name', scene: 'due', guarantee: 'G1' },
  { name: "promotes by a client's clock, an hour ahead", file: promote, sound: 'local time, scheduled = now()', broken: `local time, scheduled = now() + ${HOUR_MS}`, scene: 'early', guarantee: 'G8' },
  { name: "enqueues by a client's clock, an hour ahead", file: enqueue, sound: time, broken: wrongTime(HOUR_MS), scene: 'early', guarantee: 'G8' },
  { name: "schedules a retry by a client's clock, an hour behind", file: settle, sound: time, broken: wrongTime(-HOUR_MS), scene: 'waits', guarantee: 'G8' },
  { name: 'forgets a retry', file: settle, sound: comeBack, broken: "state = delay_ms == '0' and 'ready' or 'scheduled'", scene: 'waits', guarantee: 'G1' },
  { name: 'counts no attempt of a retry', file: settle, sound: "if kind == 'retry' then\n    run.attempts = run.attempts + 1", broken: "if kind == 'retry' then", scene: 'fails', guarantee: 'G6' },
  { name: 'counts no claims', file: leasing, sound: 'tonumber(job[2]) + 1', broken: '1', scene: 'fails', guarantee: 'G6' },
  { name: 'counts no recoveries', file: reap, sound: 'run.recoveries = run.recoveries + 1', broken: '', scene: 'kills', guarantee: 'G18' },
  { name: 'never ends what kills its workers', file: reap, sound: 'run.recoveries > max_recoveries', broken: 'false', scene: 'kills', guarantee: 'G18' },
  { name: 'claims the newest first', file: claim, sound: 'for i = #list, 1, -1 do', broken: 'for i = 1, #list do', scene: 'inLine', guarantee: 'G10' },
  { name: 'gives an id away that is held', file: enqueue, sound: 'if texts[i] then\n      is_plain = false', broken: 'if false then\n      is_plain = false', scene: 'again', guarantee: 'G12' },
  { name: 'leaves the ticket of a cancelled job valid', file: takeOut, sound: "record.mark = '-'", broken: "record.mark = ''", scene: 'cancelled', guarantee: 'G5' },
  { name: 'claims the newest of a priority first', file: turns, sound: band, broken: newestOfBand, scene: 'inLineOfAPriority', guarantee: 'G10' },
  { name: 'leaves a job that it has claimed among those of its priority', file: turns, sound: 'remove_ordered(name, tickets)', broken: '', scene: 'inLineOfAPriority', guarantee: 'G2' },
  { name: 'gives a key away that is held', file: enqueue, sound: 'if hold_of(field, time) then', broken: 'if false then', scene: 'keyed', guarantee: 'G12' },
  { name: 'frees a key at the claim', file: claim, sound: "extra.hold_until == 'started'", broken: 'extra.key', scene: 'keyed', guarantee: 'G12' },
  { name: 'does not wake what is parked', file: unique, sound: 'if not job then', broken: 'if true then', scene: 'queuedAgain', guarantee: 'G12' },
  { name: 'parks what comes back to find its key held, and puts it back as well', file: unique, sound: 'return true\n  end\n  return false', broken: 'end\n  return false', scene: 'parked', guarantee: 'G2' },
  { name: 'does not free the key of what it ends by the reaper', file: reap, sound: freeAtDeath, broken: 'if text and not record', scene: 'queuedAgainBehindAKiller', guarantee: 'G12' },
  { name: 'does not look whether a name is paused', file: control, sound: 'fields[1] or fields[2]', broken: 'fields[1]', scene: 'paused', guarantee: 'G13' },
  { name: 'does not look whether all names are paused', file: control, sound: 'fields[1] or fields[2]', broken: 'fields[2]', scene: 'allPaused', guarantee: 'G13' },
  { name: 'keeps a report without a fence', file: report, sound: currentReport, broken: 'true', scene: 'takenOver', guarantee: 'G4' },
  { name: 'hands out what has expired', file: claim, sound: 'extra and is_expired(', broken: 'false and is_expired(', scene: 'expires', guarantee: 'G7' },
  { name: "expires by a client's clock, an hour behind", file: claim, sound: 'is_expired(extra, tonumber(job[2]), time)', broken: `is_expired(extra, tonumber(job[2]), time - ${HOUR_MS})`, scene: 'expires', guarantee: 'G7' },
]

describe('the checker says nothing of the scripts as they are', () => {
  it.each(Object.entries(scenes))('in the scene %s', async (_title, scene) => {
    expect(checkHistory(await Stage.play(scene)).map(printViolation)).toEqual([])
  })
})

describe('the checker catches a build of the scripts that', () => {
  it.each(controls)('$name ($guarantee)', async ({ file: [name, source], sound, broken, scene, guarantee }) => {
    // Else the control would be the sound build, and would go unnoticed.
    expect(source.split(sound)).toHaveLength(2)
    const history = await Stage.play(scenes[scene], { [name]: source.replace(sound, () => broken) })
    expect(checkHistory(history).map((violation) => violation.guarantee)).toContain(guarantee)
  })
})
