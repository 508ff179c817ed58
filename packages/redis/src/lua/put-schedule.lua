-- put-schedule: keeps a schedule, if what it is to replace stands as expected.
-- KEYS: 1 jobs
-- ARGV: 1 id, 2 rule, 3 fireAt ('' for no more), 4 dueAt, 5 '' or why it is paused behind a `=`, 6 the revision expected
-- ('' for no schedule), 7 the fireAt expected ('' for no more)
-- Returns: the revision; '' if it stands otherwise.
-- Invariant: counters, kept fires and what a later release has added go on. One that a later release wrote stays as it is.
--@include prefix now whole numbers record schedule

local id, rule, fire_at, due_at, pausing, expected_revision, expected_fire_at = unpack(ARGV)
local at = whole(math.floor(now()))
local old = read_schedule(id)
if old and (old.newer or old.revision ~= expected_revision or old.fire_at ~= expected_fire_at)
  or not old and expected_revision ~= '' then
  return ''
end

local one = old or { created_at = at, paused_at = '', fired = 0, missed = 0, skipped = 0, fires = '', rest = '' }
local note = string.match(pausing, '^=(.*)$')
local had_due = old and will_fire(old) and tonumber(old.due_at)
one.revision = whole(redis.call('INCR', P .. 'generation'))
one.updated_at, one.rule, one.fire_at, one.due_at, one.note = at, rule, fire_at, due_at, note or ''
one.paused_at = note and (one.paused_at ~= '' and one.paused_at or at) or ''
write_schedule(id, one)
redis.call('ZADD', P .. 'schedule-ids', 0, id)
if will_fire(one) and redis.call('ZRANGE', P .. 'fires', 0, 0)[1] == id and not (had_due and had_due <= tonumber(due_at)) then
  redis.call('PUBLISH', P .. 'hints', 'due')
end
return one.revision
