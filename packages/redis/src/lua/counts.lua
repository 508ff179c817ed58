-- counts: how many jobs of each name are in each state, and for how long the oldest ready one has been due.
-- KEYS: 1 jobs
-- ARGV: 1 'all' or 'named', then the names
-- Returns: name, scheduled, ready, active, completed, dead, cancelled, age of the oldest in ms ('' for none), …
-- Invariant: writes nothing; void tickets are not counted.
--@include prefix now chunks ticket record

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

-- The executeAt of the first job in the list whose ticket is not void, among the first so many.
local function execute_at_of_head(key)
  for _, size in ipairs({ 1, MAX_LOOK }) do
    local tickets = redis.call('LRANGE', key, -size, -1)
    for i = #tickets, 1, -1 do
      local stamp, _, id = parse_ticket(tickets[i])
      local text = id and redis.call('HGET', P .. 'jobs', id)
      local record = text and parse_record(text)
      if record and record.stamp .. record.mark == stamp then
        return tonumber(record.execute_at)
      end
    end
  end
end

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
      oldest = oldest and execute_at and math.min(oldest, execute_at) or oldest or execute_at
    end
  end
  oldest = oldest or execute_at_of_head(ready)
  local void = tonumber(redis.call('HGET', P .. 'void', name) or 0)
  reply[#reply + 1] = name
  reply[#reply + 1] = tonumber(redis.call('HGET', P .. 'scheduled-counts', name) or 0)
  reply[#reply + 1] = math.max(0, count - void)
  for _, state in ipairs({ 'active', 'completed', 'dead', 'cancelled' }) do
    reply[#reply + 1] = redis.call('ZCARD', P .. name .. ':' .. state)
  end
  reply[#reply + 1] = oldest and string.format('%.0f', math.max(0, math.floor(time) - oldest)) or ''
end
return reply
