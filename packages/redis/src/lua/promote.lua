-- promote: moves jobs whose time has come to the tails of their work queues.
-- KEYS: 1 jobs, 2 scheduled, 3 scheduled-counts, 4 pushed
-- ARGV: 1 limit
-- Returns: how many were moved, and how long until the next job or schedule is due in ms ('' when nothing is, as parked jobs
-- are due never). If schedules are due, the clock; for each id, rule, revision, fired, fireAt, dueAt.
-- Invariant: earliest first, and among equals in the order of enqueue, which is how the tickets sort. About schedules nothing
-- is done.
--@include prefix now

local time, scheduled = now(), P .. 'scheduled'
local tickets = redis.call('ZRANGEBYSCORE', scheduled, '-inf', time, 'LIMIT', 0, ARGV[1])

-- → names, and by name the tickets, if all are jobs of which none may ask for anything
local function plain_by_name()
  if #tickets > 1000 or redis.call('EXISTS', P .. 'extras') == 1 then
    return nil
  end
  local names, by_name = {}, {}
  for _, ticket in ipairs(tickets) do
    local name = string.match(ticket, '^%l%d+\t%d+\t[^\t]+\t([^\t]+)$')
    if not name then
      return nil
    end
    local of_name = by_name[name]
    if not of_name then
      of_name = {}
      by_name[name], names[#names + 1] = of_name, name
    end
    of_name[#of_name + 1] = ticket
  end
  return names, by_name
end

-- Plain jobs pay for nothing else: it is not even defined.
local function promote_plain(names, by_name)
  redis.call('ZREM', scheduled, unpack(tickets))
  for _, name in ipairs(names) do
    local of_name, ready = by_name[name], P .. name .. ':ready'
    redis.call('HINCRBY', P .. 'scheduled-counts', name, -#of_name)
    local length = redis.call('LPUSH', ready, unpack(of_name))
    redis.call('HINCRBY', P .. 'pushed', name, #of_name)
    if length == #of_name then
      redis.call('PUBLISH', ready, '')
    end
  end
end

local function promote_all()
  --@include whole numbers chunks ticket record extras sides ordered kept queues changes limits group-keys groups
  local ids, names = {}, {}
  for i, ticket in ipairs(tickets) do
    local _, _, id, name = parse_ticket(ticket)
    ids[i], names[i] = id or '', name or false
  end
  local extras = read_extras(ids)
  local moved, strays = {}, {}
  for i, ticket in ipairs(tickets) do
    local name = names[i]
    if name then
      local extra = extras[ids[i]]
      local has_place = keeps_place(name, ids[i], extra)
      to_ready(name, ticket, extra, has_place)
      if has_place then
        give_up_place(name, ids[i], extra)
      end
      moved[name] = (moved[name] or 0) + 1
    else
      strays[#strays + 1] = 'scheduled\t' .. ticket
    end
  end
  call_chunked('ZREM', scheduled, tickets)
  for name, count in pairs(moved) do
    redis.call('HINCRBY', P .. 'scheduled-counts', name, -count)
  end
  call_chunked('RPUSH', P .. 'damaged', strays)
  flush_changes()
end

if #tickets > 0 then
  local names, by_name = plain_by_name()
  if names then
    promote_plain(names, by_name)
  else
    promote_all()
  end
end

local head = redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
local next_due = head[2] and tonumber(head[2]) or math.huge

local function reply_of(first_due, ...)
  return { #tickets, first_due < math.huge and string.format('%.3f', math.max(0, first_due - time)) or '', ... }
end

-- Without schedules this is all that they cost.
local first = redis.call('ZRANGE', P .. 'fires', 0, 0, 'WITHSCORES')
if not first[1] then
  return reply_of(next_due)
elseif tonumber(first[2]) > time then
  return reply_of(math.min(next_due, tonumber(first[2])))
end

--@include whole numbers chunks ticket record schedule due

local limit = tonumber(ARGV[1])
local due = due_schedules(limit, time)
if #due == 0 then
  return reply_of(math.min(next_due, next_fire(time)))
end
local reply = reply_of(time, whole(math.floor(time)))
for _, one in ipairs(due) do
  for _, field in ipairs({ one.id, one.rule, one.revision, whole(one.fired), one.fire_at, one.due_at }) do
    reply[#reply + 1] = field
  end
end
return reply
