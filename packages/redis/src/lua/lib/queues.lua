-- Jobs on their way to their work queues and to the scheduled set, where flush_queues() puts them.
local ready_tickets, ready_names, scheduled_pairs, scheduled_names = {}, {}, {}, {}

-- lib/changes.lua and lib/groups.lua set them: plain jobs do without.
local to_ordered, to_group

local function add_pair(list, key, value)
  list[#list + 1] = key
  list[#list + 1] = value
end

-- To the tail of its work queue, or to the head of its group.
local function to_ready(name, ticket, extra, to_head)
  if extra and extra.group then
    return to_group(name, ticket, extra, to_head)
  elseif extra and extra.priority ~= 0 then
    return to_ordered(name, ticket, extra.priority)
  end
  local tickets = ready_tickets[name]
  if not tickets then
    tickets = {}
    ready_tickets[name] = tickets
    ready_names[#ready_names + 1] = name
  end
  tickets[#tickets + 1] = ticket
end

local function to_scheduled(name, ticket, due)
  add_pair(scheduled_pairs, whole(due), ticket)
  scheduled_names[name] = (scheduled_names[name] or 0) + 1
end

-- To its queue if its time has come, else to the scheduled set. → the state
local function to_waiting(name, ticket, due, time, extra, to_head)
  if due <= time then
    to_ready(name, ticket, extra, to_head)
    return 'ready'
  end
  to_scheduled(name, ticket, due)
  return 'scheduled'
end

local function flush_ready()
  for _, name in ipairs(ready_names) do
    local tickets = ready_tickets[name]
    local key = P .. name .. ':ready'
    local length = call_chunked('LPUSH', key, tickets)
    -- How many were ever pushed tells a reader of pages where a job now stands, counted from the tail.
    redis.call('HINCRBY', P .. 'pushed', name, #tickets)
    if length == #tickets then
      redis.call('PUBLISH', key, '')
    end
  end
  ready_tickets, ready_names = {}, {}
end

local function flush_scheduled()
  if #scheduled_pairs == 0 then
    return
  end
  local key = P .. 'scheduled'
  call_chunked('ZADD', key, scheduled_pairs)
  for name, count in pairs(scheduled_names) do
    redis.call('HINCRBY', P .. 'scheduled-counts', name, count)
  end
  local head = redis.call('ZRANGE', key, 0, 0)[1]
  for i = 2, #scheduled_pairs, 2 do
    if scheduled_pairs[i] == head then
      redis.call('PUBLISH', P .. 'hints', 'due')
      break
    end
  end
  scheduled_pairs, scheduled_names = {}, {}
end

local function flush_queues()
  flush_scheduled()
  flush_ready()
end
