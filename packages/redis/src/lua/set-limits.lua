-- setLimits: what a name is held to from now on.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 the limits (lib/limits.lua), '' for none
-- Returns: nothing.
-- Invariant: every group that was aside may run, and is looked at when its turn comes. So many are brought back at once; the
-- others wait in `groups-freed`, where claims find them.
--@include prefix numbers chunks queues changes ordered groups

local MAX_BACK = 5000
local name, text = ARGV[1], ARGV[2]
local aside, freed, groups = P .. name .. ':groups-aside', P .. name .. ':groups-freed', P .. name .. ':groups'

local function free_all()
  if redis.call('EXISTS', freed) == 0 then
    redis.call('RENAME', aside, freed)
  else
    -- Those of the last change have not all been brought back.
    redis.call('ZUNIONSTORE', freed, 2, freed, aside)
    redis.call('DEL', aside)
  end
  local virtual, able = fair_times(name), {}
  local keys = redis.call('ZRANGE', freed, 0, MAX_BACK - 1)
  for i, weight in ipairs(read_chunked('HMGET', P .. name .. ':group-weights', keys)) do
    add_pair(able, exact(virtual + 1 / tonumber(weight or 1)), keys[i])
  end
  call_chunked('ZREM', freed, keys)
  call_chunked('ZADD', groups, able)
end

begin_though_full()
if text == '' then
  redis.call('HDEL', P .. 'limits', name)
else
  redis.call('HSET', P .. 'limits', name, text)
end
if not string.match(text, '\t1$') then
  -- No order, no places in it.
  redis.call('UNLINK', P .. name .. ':group-places')
end
if redis.call('EXISTS', aside) == 1 then
  free_all()
  wake_a_waiter(name)
end
redis.call('PUBLISH', P .. 'hints', 'control\t' .. name)
