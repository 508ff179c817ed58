-- leave: a worker signs off; what it had popped and not leased goes back to the heads of its queues.
-- KEYS: 1 jobs
-- ARGV: 1 worker
-- Returns: how many tickets went back.
-- Invariant: its inboxes stay registered until their time, so that reap finds what lands in them later.
--@include prefix chunks inbox

local worker = ARGV[1]
redis.call('ZREM', P .. 'workers', worker)
redis.call('HDEL', P .. 'worker-reports', worker)
local returned = 0
for _, inbox in ipairs(redis.call('ZRANGE', P .. 'inboxes', 0, -1)) do
  local name, owner = string.match(inbox, '^([^\t]+)\t(.+)$')
  if owner == worker then
    returned = returned + empty_inbox(name, worker)
  end
end
return returned
