-- leave: a worker signs off; what it had popped and not leased goes back to the heads of its queues.
-- KEYS: 1 jobs
-- ARGV: 1 worker
-- Returns: nothing.
-- Invariant: its inboxes stay registered until their time, so that reap finds what lands in them later.
--@include prefix chunks inbox

local worker = ARGV[1]
redis.call('ZREM', P .. 'workers', worker)
redis.call('HDEL', P .. 'worker-reports', worker)
for _, inbox in ipairs(redis.call('ZRANGE', P .. 'inboxes', 0, -1)) do
  local name, owner = string.match(inbox, '^([^\t]+)\t(.+)$')
  if owner == worker then
    empty_inbox(name, worker)
  end
end
