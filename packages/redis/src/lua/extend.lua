-- extend: gives current leases a new deadline.
-- KEYS: 1 jobs, 2 cancels, 3… the active set of each name
-- ARGV: 1 lease in ms, then ticket, name, id, … for each lease
-- Returns: for each lease 0 lost, 1 held, 2 held with a cancel asked for.
-- Invariant: only a ticket that is in the active set is written; one that is past its deadline is still there.
--@include prefix now whole numbers chunks full ticket

local deadline = whole(math.ceil(now()) + tonumber(ARGV[1]))
local any_cancels = redis.call('EXISTS', P .. 'cancels') == 1
local outcomes, held = {}, {}
for i = 2, #ARGV, 3 do
  local ticket, key, id = ARGV[i], P .. ARGV[i + 1] .. ':active', ARGV[i + 2]
  local outcome = 0
  if redis.call('ZSCORE', key, ticket) then
    outcome = 1
    if any_cancels and redis.call('HGET', P .. 'cancels', id) == parse_ticket(ticket) then
      outcome = 2
    end
    held[key] = held[key] or {}
    table.insert(held[key], deadline)
    table.insert(held[key], ticket)
  end
  outcomes[#outcomes + 1] = outcome
end
begin_though_full()
for key, leases in pairs(held) do
  call_chunked('ZADD', key, leases)
end
return outcomes
