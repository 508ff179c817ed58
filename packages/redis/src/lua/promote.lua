-- promote: moves jobs whose time has come to the tails of their work queues.
-- KEYS: 1 jobs, 2 scheduled, 3 scheduled-counts, 4 pushed
-- ARGV: 1 limit
-- Returns: how many were moved, and how long until the next is due in ms ('' when nothing is, as parked jobs are due never).
-- Invariant: earliest first, and among equals in the order of enqueue, which is how the tickets sort.
--@include prefix now numbers chunks ticket record extras sides ordered kept queues changes

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
    to_ready(name, ticket, extras[ids[i]])
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
local next_due_in_ms = ''
if head[2] and head[2] ~= 'inf' then
  next_due_in_ms = string.format('%.3f', math.max(0, tonumber(head[2]) - time))
end
return { #tickets, next_due_in_ms }
