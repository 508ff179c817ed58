-- promote: moves jobs whose time has come to the tails of their work queues.
-- KEYS: 1 jobs, 2 scheduled, 3 scheduled-counts, 4 pushed
-- ARGV: 1 limit
-- Returns: how many were moved, and how long until the next job or schedule is due in ms ('' when nothing is, as parked jobs
-- are due never). If schedules are due, the clock; for each id, rule, revision, fired, fireAt, dueAt.
-- Invariant: earliest first, and among equals in the order of enqueue, which is how the tickets sort. About schedules nothing
-- is done.
--@include prefix now numbers chunks ticket record extras sides ordered kept queues changes limits group-keys groups

local time = now()
local scheduled = P .. 'scheduled'
local tickets = redis.call('ZRANGEBYSCORE', scheduled, '-inf', time, 'LIMIT', 0, ARGV[1])
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

--@include schedule due

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
