-- waitForReady: registers a worker's inbox until no BLMOVE can put anything into it any more. Sent in one write
-- with the BLMOVE behind it, on the connection that blocks, as a text: SCRIPT FLUSH must not part the two.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 worker, 3 for how long: this BLMOVE, and for a worker that claims behind it the next ones, with a margin, in ms
-- Returns: how many tickets the inbox holds already, and the time.
-- Invariant: whatever lands in an inbox is found by claim, leave or reap.
--@include prefix now full

local time = now()
begin_though_full()
redis.call('ZADD', P .. 'inboxes', 'GT', string.format('%.0f', math.ceil(time) + ARGV[3]), ARGV[1] .. '\t' .. ARGV[2])
return { redis.call('LLEN', P .. ARGV[1] .. ':inbox:' .. ARGV[2]), string.format('%.3f', time) }
