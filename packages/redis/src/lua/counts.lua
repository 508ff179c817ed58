-- counts: how many jobs of each name are in each state, and for how long the oldest one of those that head the queue, a
-- priority, or the group next in turn has been due.
-- KEYS: 1 jobs
-- ARGV: 1 'all' or 'named', then the names
-- Returns: name, scheduled, ready, active, completed, dead, cancelled, age of the oldest in ms ('' for none), whether it
-- is paused, how many groups have ready jobs, and its limits (lib/limits.lua, '' for none), …
-- Invariant: writes nothing; void tickets are not counted.
--@include prefix now whole numbers chunks ticket record ordered control group-keys

local MAX_LOOK = 100
local time = now()
local names = ARGV[1] == 'all' and redis.call('SMEMBERS', P .. 'names') or {}
for i = 2, #ARGV do
  names[i - 1] = ARGV[i]
end

local inboxes = {}
for _, inbox in ipairs(redis.call('ZRANGE', P .. 'inboxes', 0, -1)) do
  local name, worker = string.match(inbox, '^([^\t]+)\t(.+)$')
  if name then
    inboxes[name] = inboxes[name] or {}
    table.insert(inboxes[name], P .. name .. ':inbox:' .. worker)
  end
end

local function execute_at_of(ticket)
  local stamp, _, id = parse_ticket(ticket)
  local text = id and redis.call('HGET', P .. 'jobs', id)
  local record = text and parse_record(text)
  return record and record.stamp .. record.mark == stamp and record.execute_at or nil
end

-- Of the first job in the list whose ticket is not void, among the first so many.
local function execute_at_of_head(key)
  for _, size in ipairs({ 1, MAX_LOOK }) do
    local tickets = redis.call('LRANGE', key, -size, -1)
    for i = #tickets, 1, -1 do
      local execute_at = execute_at_of(tickets[i])
      if execute_at then
        return execute_at
      end
    end
  end
end

local function earlier(a, b)
  return a and b and math.min(a, b) or a or b
end

-- The earliest of the jobs that head a priority, of which there may be two thousand.
local function execute_at_of_ordered(name)
  local key, from, oldest = P .. name .. ':ordered', '-inf', nil
  while true do
    local head = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if not head[1] then
      return oldest
    end
    oldest = earlier(oldest, execute_at_of(head[1]))
    from = first_score_of(priority_of(head[2]) + 1)
  end
end

-- Of the first job of the group whose turn is next.
local function execute_at_of_group(name)
  local key = redis.call('ZRANGE', P .. name .. ':groups', 0, 0)[1]
  local ticket = key and redis.call('ZRANGE', group_tickets(name, key), 0, 0)[1]
  return ticket and execute_at_of(ticket)
end

local any_limits = redis.call('EXISTS', P .. 'limits') == 1
local any_paused = redis.call('EXISTS', P .. 'control') == 1
local reply = {}
for _, name in ipairs(names) do
  local ready = P .. name .. ':ready'
  local count = redis.call('LLEN', ready)
  local oldest
  for _, inbox in ipairs(inboxes[name] or {}) do
    local in_inbox = redis.call('LLEN', inbox)
    if in_inbox > 0 then
      count = count + in_inbox
      local execute_at = execute_at_of_head(inbox)
      oldest = earlier(oldest, execute_at)
    end
  end
  oldest = oldest or execute_at_of_head(ready)
  local void = tonumber(redis.call('HGET', P .. 'void', name) or 0)
  local ordered = redis.call('ZCARD', P .. name .. ':ordered')
  if ordered > 0 then
    oldest = earlier(oldest, execute_at_of_ordered(name))
  end
  local groups = 0
  for _, set in ipairs(GROUP_SETS) do
    groups = groups + redis.call('ZCARD', P .. name .. set)
  end
  local grouped = groups > 0 and tonumber(redis.call('HGET', P .. 'grouped', name) or 0) or 0
  if groups > 0 then
    oldest = earlier(oldest, execute_at_of_group(name))
  end
  reply[#reply + 1] = name
  reply[#reply + 1] = tonumber(redis.call('HGET', P .. 'scheduled-counts', name) or 0)
  reply[#reply + 1] = math.max(0, count - void) + ordered + grouped
  for _, state in ipairs({ 'active', 'completed', 'dead', 'cancelled' }) do
    reply[#reply + 1] = redis.call('ZCARD', P .. name .. ':' .. state)
  end
  reply[#reply + 1] = oldest and string.format('%.0f', math.max(0, math.floor(time) - oldest)) or ''
  reply[#reply + 1] = any_paused and is_paused(name) and 1 or 0
  reply[#reply + 1] = groups
  reply[#reply + 1] = any_limits and redis.call('HGET', P .. 'limits', name) or ''
end
return reply
