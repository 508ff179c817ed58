-- setPaused: holds claims back, or lets them go on: of some names, or of all.
-- KEYS: 1 jobs
-- ARGV: 1 whether to pause (1 or 0), 2… the names; none for the whole namespace
-- Returns: nothing.
-- Invariant: `control` has a field for each name that is paused, and the empty one when the namespace is.
--@include prefix chunks full

begin_though_full()
for i = 2, math.max(2, #ARGV) do
  local name = ARGV[i] or ''
  if ARGV[1] == '1' then
    redis.call('HSET', P .. 'control', name, '')
  else
    redis.call('HDEL', P .. 'control', name)
  end
  redis.call('PUBLISH', P .. 'hints', name == '' and 'control' or 'control\t' .. name)
end
