-- prune: removes finished jobs past their retention, dead ones beyond the newest so many of a name, unique
-- keys whose time to live is over, and workers that stopped reporting; forgets names that have no job left.
-- KEYS: 1 jobs
-- ARGV: 1 limit, 2 how many dead jobs to keep of each name
-- Returns: how many records were removed.
-- Invariant: an id's records go only if they are those of the finished job: the id may have been used again.
--@include prefix now whole numbers chunks ticket record run extras sides ordered kept queues changes hold unique bucket limits group-keys groups

local time = now()
local left, max_dead = tonumber(ARGV[1]), tonumber(ARGV[2])
local pruned = 0
-- They are no records, and not among what was pruned.
local max_buckets = left
local buckets_left = max_buckets

local function prune_set(name, state, members)
  for _, id in ipairs(finished_ids(state, members)) do
    leave_no_trace(id)
  end
  call_chunked('ZREM', P .. name .. ':' .. state, members)
  left = left - #members
  pruned = pruned + #members
end

-- A name that has something in one of these is not forgotten.
local PLACES = {
  'ready', 'ordered', 'groups', 'groups-aside', 'groups-freed', 'group-rates', 'active', 'completed', 'dead', 'cancelled',
}

local function prune_name(name)
  for _, state in ipairs({ 'completed', 'cancelled', 'dead' }) do
    if left > 0 then
      local key = P .. name .. ':' .. state
      prune_set(name, state, redis.call('ZRANGEBYSCORE', key, '-inf', time, 'LIMIT', 0, left))
      local excess = state == 'dead' and math.min(left, redis.call('ZCARD', key) - max_dead) or 0
      if excess > 0 then
        prune_set(name, state, redis.call('ZRANGE', key, 0, excess - 1))
      end
    end
  end
  local keys = {}
  local rates = P .. name .. ':group-rates'
  if buckets_left > 0 and redis.call('EXISTS', rates) == 1 then
    buckets_left = buckets_left - forget_full_buckets(P .. name .. ':group-buckets', rates, time, buckets_left)
  end
  for i, place in ipairs(PLACES) do
    keys[i] = P .. name .. ':' .. place
  end
  local scheduled = tonumber(redis.call('HGET', P .. 'scheduled-counts', name) or 0)
  if scheduled <= 0 and redis.call('EXISTS', unpack(keys)) == 0 then
    return name
  end
end

local empty_names = {}
for _, name in ipairs(redis.call('SMEMBERS', P .. 'names')) do
  empty_names[#empty_names + 1] = prune_name(name)
end
flush_changes()

-- What waits in an inbox keeps its name.
if #empty_names > 0 then
  local is_kept = {}
  for _, inbox in ipairs(redis.call('ZRANGE', P .. 'inboxes', 0, -1)) do
    is_kept[string.match(inbox, '^[^\t]*')] = true
  end
  local forgotten = {}
  for _, name in ipairs(empty_names) do
    if not is_kept[name] then
      forgotten[#forgotten + 1] = name
    end
  end
  call_chunked('SREM', P .. 'names', forgotten)
  for _, hash in ipairs({ 'void', 'pushed', 'scheduled-counts' }) do
    call_chunked('HDEL', P .. hash, forgotten)
  end
end

if left > 0 then
  local fields = redis.call('ZRANGEBYSCORE', P .. 'unique-ends', '-inf', time, 'LIMIT', 0, left)
  for _, field in ipairs(fields) do
    if not hold_of(field, time) then
      set_hold(field, false)
    end
  end
  call_chunked('ZREM', P .. 'unique-ends', fields)
  flush_changes()
  left = left - #fields
  pruned = pruned + #fields
end

forget_full_buckets(P .. 'buckets', P .. 'rates', time, max_buckets)
-- Holds that are over.
call_chunked('ZREM', P .. 'holds', redis.call('ZRANGEBYSCORE', P .. 'holds', '-inf', time, 'LIMIT', 0, max_buckets))

if left > 0 then
  local workers = redis.call('ZRANGEBYSCORE', P .. 'workers', '-inf', time, 'LIMIT', 0, left)
  call_chunked('ZREM', P .. 'workers', workers)
  call_chunked('HDEL', P .. 'worker-reports', workers)
  pruned = pruned + #workers
end
return pruned
