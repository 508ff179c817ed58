-- reap: ends leases that have run out, gives back what vanished workers had popped and not leased, and ends jobs that
-- were not claimed in time.
-- KEYS: 1 jobs
-- ARGV: 1 limit, 2 max recoveries
-- Returns: how many tickets came back from inboxes, how many jobs expired, id and name of each; then outcome, ticket of
-- the lease, recoveries, … for each lease.
-- Invariant: a lease is past its deadline by the store's clock in the step that ends it; removals come first, so
-- that a full Redis lets it go on.
--@include prefix now whole numbers chunks ticket record run extras sides ordered kept queues changes find hold unique limits group-keys groups take-out inbox

local FORGET_INBOX_MS = 10 * 60 * 1000
local time = now()
local limit, max_recoveries = tonumber(ARGV[1]), tonumber(ARGV[2])
local any_cancels = redis.call('EXISTS', P .. 'cancels') == 1
local reply, expired = {}, {}
local ended, strays = {}, {}

local function end_lease(ticket, name)
  local stamp, claim, id = parse_ticket(ticket)
  if not stamp then
    strays[#strays + 1] = name .. '\t' .. ticket
    return
  end
  local text = redis.call('HGET', P .. 'jobs', id)
  local record = text and parse_record(text)
  local run = parse_run(redis.call('HGET', P .. 'runs', id))
  local extra = extra_of(id)
  local max_count = extra and extra.max_count
  run.claims = tonumber(claim)
  run.recoveries = run.recoveries + 1
  local outcome = 'ready'
  end_group_run(name, extra)
  if any_cancels and redis.call('HGET', P .. 'cancels', id) == stamp then
    outcome = 'cancelled'
    table.insert(changes.uncancelled, id)
    finish('cancelled', id, stamp, name, record and record.completed_ms or 0, run, time, max_count)
    release_key(name, id, stamp, extra, time)
  elseif run.recoveries > max_recoveries then
    outcome = 'dead'
    run.reason = 'recoveries'
    finish('dead', id, stamp, name, record and record.dead_ms or KEEP_UNREADABLE_MS, run, time, max_count)
    release_key(name, id, stamp, extra, time)
    if text and not record and not is_newer(text) then
      add_pair(changes.jobs, id, repair_record(text, stamp, name, time))
    end
  else
    add_pair(changes.runs, id, format_run(run))
    if retake_key(name, id, stamp, run.claims, extra, time) then
      outcome = 'parked'
    else
      local to_head = extra and extra.group and limits_of(name).group.ordered
      to_ready(name, to_ticket(stamp, run.claims, id, name), extra, to_head)
    end
  end
  reply[#reply + 1] = outcome
  reply[#reply + 1] = ticket
  reply[#reply + 1] = run.recoveries
end

local left = limit
for _, name in ipairs(redis.call('SMEMBERS', P .. 'names')) do
  if left > 0 then
    local tickets = redis.call('ZRANGEBYSCORE', P .. name .. ':active', '-inf', time, 'LIMIT', 0, left)
    if #tickets > 0 then
      left = left - #tickets
      ended[name] = tickets
      for _, ticket in ipairs(tickets) do
        end_lease(ticket, name)
      end
    end
  end
end
for name, tickets in pairs(ended) do
  call_chunked('ZREM', P .. name .. ':active', tickets)
  tell_of_free_slots(name, #tickets)
end
call_chunked('RPUSH', P .. 'damaged', strays)
flush_changes()

local returned = 0
for _, inbox in ipairs(redis.call('ZRANGEBYSCORE', P .. 'inboxes', '-inf', time)) do
  local name, worker = string.match(inbox, '^([^\t]+)\t(.+)$')
  if name then
    returned = returned + empty_inbox(name, worker)
  end
end
-- Something may still land in an inbox that has been emptied: it is looked at a while longer, and then forgotten.
redis.call('ZREMRANGEBYSCORE', P .. 'inboxes', '-inf', time - FORGET_INBOX_MS)

-- One by one, as each may hand its unique key to another that is past its time as well.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', P .. 'expiry', '-inf', time, 'LIMIT', 0, limit)) do
  local stamp, id = string.match(member, '^(%l%d+)\t(.+)$')
  local job = id and find(id)
  local waits = job and not job.newer and (job.state == 'scheduled' or job.state == 'ready')
  redis.call('ZREM', P .. 'expiry', member)
  if waits and job.record and job.record.stamp == stamp and job.run.claims == 0 then
    job.run.reason = 'expired'
    end_waiting(job, 'dead', time)
    flush_changes()
    expired[#expired + 1] = id
    expired[#expired + 1] = job.record.name
  end
end

local answer = { returned, #expired / 2 }
for _, list in ipairs({ expired, reply }) do
  for _, value in ipairs(list) do
    answer[#answer + 1] = value
  end
end
return answer
