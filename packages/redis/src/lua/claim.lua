-- claim: leases jobs from the head of a work queue, first those that this worker has popped while waiting.
-- KEYS: 1 jobs, 2 runs, 3 void, 4 ready, 5 active, 6 inbox
-- ARGV: 1 name, 2 worker, 3 limit, 4 lease in ms
-- Returns: 1 if there may be more, the time, then for each job its ticket under the new lease, record, run record.
-- Invariant: a ticket leaves the list in the same step in which it comes under a lease. A void ticket (its record
-- is gone or has another stamp) is dropped, at most MAX_VOID in a call. A record that cannot be read is leased all
-- the same, so that it can be settled as dead; what is no ticket goes to `damaged`.
--@include prefix now numbers chunks ticket record

local MAX_VOID = 1000
local name, worker, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = now()
local active = P .. name .. ':active'
local may_look_at = limit + MAX_VOID
local taken, void, strays = {}, 0, {}

local function judge(ticket, parsed, record)
  if not parsed then
    strays[#strays + 1] = name .. '\t' .. ticket
    return
  end
  local stamp = record and stamp_of(record)
  if not record or (stamp and stamp ~= parsed[1]) then
    void = void + 1
    return
  end
  taken[#taken + 1] = { parsed[1], parsed[2], parsed[3], parsed[4], record }
end

-- Reads only. → how many tickets at the right end are dealt with, and whether the list ends there
local function look_through(key)
  local seen = 0
  while #taken < limit and seen < may_look_at do
    local want = math.min(limit - #taken, may_look_at - seen, CHUNK)
    local tickets = redis.call('LRANGE', key, -seen - want, -seen - 1)
    local parsed, ids = {}, {}
    for i, ticket in ipairs(tickets) do
      local parts = { parse_ticket(ticket) }
      parsed[i] = parts[1] and parts or false
      ids[i] = parts[3] or ''
    end
    local records = read_chunked('HMGET', P .. 'jobs', ids)
    for i = #tickets, 1, -1 do
      judge(tickets[i], parsed[i], records[i])
    end
    seen = seen + #tickets
    if #tickets < want then
      return seen, true
    end
  end
  return seen, false
end

local lists = { P .. name .. ':inbox:' .. worker, P .. name .. ':ready' }
local seen, at_end = {}, {}
for i, key in ipairs(lists) do
  seen[i], at_end[i] = look_through(key)
end
local may_be_more = #taken < limit and not (at_end[1] and at_end[2])

local run_ids, run_places, run_texts = {}, {}, {}
for place, job in ipairs(taken) do
  if job[2] ~= '0' then
    run_ids[#run_ids + 1] = job[3]
    run_places[#run_places + 1] = place
  end
end
for i, text in ipairs(read_chunked('HMGET', P .. 'runs', run_ids)) do
  run_texts[run_places[i]] = text
end

local reply = { may_be_more and 1 or 0, string.format('%.3f', time) }
local leases = {}
local deadline = whole(math.ceil(time) + tonumber(ARGV[4]))
for place, job in ipairs(taken) do
  local ticket = to_ticket(job[1], tonumber(job[2]) + 1, job[3], job[4])
  leases[place * 2 - 1] = deadline
  leases[place * 2] = ticket
  reply[#reply + 1] = ticket
  reply[#reply + 1] = job[5]
  reply[#reply + 1] = run_texts[place] or ''
end

-- An error behind the first write would lose jobs, so what the writes touch is touched before.
redis.call('ZCARD', active)
for i, key in ipairs(lists) do
  if seen[i] > 0 then
    redis.call('LTRIM', key, 0, -seen[i] - 1)
  end
end
call_chunked('ZADD', active, leases)
if void > 0 and redis.call('HINCRBY', P .. 'void', name, -void) <= 0 then
  redis.call('HDEL', P .. 'void', name)
end
call_chunked('RPUSH', P .. 'damaged', strays)
return reply
