-- heartbeat: records that a worker is alive.
-- KEYS: 1 jobs
-- ARGV: 1 worker, 2 time to live in ms, 3 its report
-- Returns: nothing.
-- Invariant: the expiry and the report belong together.
--@include prefix now whole numbers chunks full

local time = math.floor(now())
begin_though_full()
redis.call('ZADD', P .. 'workers', whole(time + tonumber(ARGV[2])), ARGV[1])
redis.call('HSET', P .. 'worker-reports', ARGV[1], whole(time) .. '\t' .. ARGV[3])
