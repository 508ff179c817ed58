-- setLimits: what a name is held to from now on.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 the limits (lib/limits.lua), '' for none; left out, to free more groups
-- Returns: how many calls more free the groups that are left aside.
-- Invariant: every group that was aside is in `groups-freed`, from where claims bring them back, so many at a time; each is
-- looked at when its turn comes. While more are to be freed, those are left that come back in time anyway.
--@include prefix whole numbers chunks full ordered group-keys

local MAX_FREED = 5000
local name, text = ARGV[1], ARGV[2]
local aside, freed = P .. name .. GROUP_SETS[3], P .. name .. GROUP_SETS[2]

-- They are to stand in the order of their keys. Many at once keep that of their times, and join others so many at a time.
local function free_groups()
  local count = redis.call('ZCARD', aside)
  if count > MAX_FREED and redis.call('EXISTS', freed) == 0 then
    redis.call('RENAME', aside, freed)
    return 0
  end
  local members = {}
  for _, key in ipairs(redis.call('ZREVRANGE', aside, 0, MAX_FREED - 1)) do
    members[#members + 1] = 0
    members[#members + 1] = key
  end
  redis.call('ZREMRANGEBYRANK', aside, -MAX_FREED, -1)
  call_chunked('ZADD', freed, members)
  return math.ceil(math.max(0, count - MAX_FREED) / MAX_FREED)
end

begin_though_full()
if text == '' then
  redis.call('HDEL', P .. 'limits', name)
elseif text then
  redis.call('HSET', P .. 'limits', name, text)
end
local left = 0
if redis.call('EXISTS', aside) == 1 then
  left = free_groups()
  wake_a_waiter(name)
end
if text then
  redis.call('PUBLISH', P .. 'hints', 'control\t' .. name)
end
return left
