-- setLimits: what a name is held to from now on.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 the limits (lib/limits.lua), '' for none
-- Returns: nothing.
-- Invariant: every group that was aside is in `groups-freed`, from where claims bring them back, so many at a time; each is
-- looked at when its turn comes.
--@include prefix numbers chunks ordered group-keys

local MAX_SORTED = 5000
local name, text = ARGV[1], ARGV[2]
local aside, freed = P .. name .. GROUP_SETS[3], P .. name .. GROUP_SETS[2]

-- They are to stand in the order of their keys. Many at once keep that of their times.
local function free_all()
  if redis.call('ZCARD', aside) > MAX_SORTED and redis.call('EXISTS', freed) == 0 then
    redis.call('RENAME', aside, freed)
  else
    redis.call('ZUNIONSTORE', freed, 2, freed, aside, 'WEIGHTS', 0, 0)
    redis.call('DEL', aside)
  end
end

begin_though_full()
if text == '' then
  redis.call('HDEL', P .. 'limits', name)
else
  redis.call('HSET', P .. 'limits', name, text)
end
if redis.call('EXISTS', aside) == 1 then
  free_all()
  wake_a_waiter(name)
end
redis.call('PUBLISH', P .. 'hints', 'control\t' .. name)
