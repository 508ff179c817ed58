-- settle: ends current leases, in the order given.
-- KEYS: 1 jobs
-- ARGV: kind, name, ms, text, how many, and the ticket of each, … for each run of up to 1,000 leases that end alike. ms is the retention,
-- with /max behind it where so many are kept at most, or the delay of retry and released, with / and for how long the name is
-- held behind it
-- Returns: nothing if all were current and completed; else for each lease the state the job went to, '' if the lease is not current.
-- Invariant: everything is read and decided before the first write, and that write is a removal. A completed job
-- that leaves no trace costs no reading of its records.
--@include prefix

local limits_key = P .. 'limits'
local asked_for = redis.call(
  'EXISTS', P .. 'cancels', P .. 'extras', P .. 'progress', P .. 'checkpoints', P .. 'logged', limits_key
)
local any_limits = asked_for > 0 and redis.call('EXISTS', limits_key) == 1
local is_plain = asked_for == (any_limits and 1 or 0)

-- What of each run is current, and its ids as far as all of it is and completes without a trace.
local runs, next_run = {}, 1
while next_run <= #ARGV do
  local kind, name, ms, text, count = unpack(ARGV, next_run, next_run + 4)
  local first, last = next_run + 5, next_run + 4 + count
  local active, ids = P .. name .. ':active', {}
  local scores = redis.call('ZMSCORE', active, unpack(ARGV, first, last))
  is_plain = is_plain and ms == '0' and (kind == 'completed' or kind == 'result')
  if is_plain then
    local match = string.match
    for i = 1, #scores do
      local id = scores[i] and match(ARGV[next_run + 4 + i], '^%l%d+\t%d+\t([^\t]+)')
      if not id then
        is_plain = false
        break
      end
      ids[i] = id
    end
  end
  runs[#runs + 1] = {
    kind = kind, name = name, ms = ms, text = text, first = first, last = last, active = active, scores = scores, ids = ids,
  }
  next_run = last + 1
end

-- Plain jobs that complete without a trace cost their removal, and nothing else: it is not even defined.
if is_plain then
  local call = redis.call
  local runs_key, errors, results, failures = P .. 'runs', P .. 'errors', P .. 'results', P .. 'failures'
  local ended, count = 0, 0
  for _, run in ipairs(runs) do
    local removed = call('ZREM', run.active, unpack(ARGV, run.first, run.last))
    call('HDEL', KEYS[1], unpack(run.ids))
    if call('EXISTS', runs_key, errors, results, failures) > 0 then
      for _, key in ipairs({ runs_key, errors, results, failures }) do
        call('HDEL', key, unpack(run.ids))
      end
    end
    if any_limits then
      --@include limits
      tell_of_free_slots(run.name, removed)
    end
    ended, count = ended + removed, count + #run.ids
  end
  if ended == count then
    return {}
  end
  -- One that is there twice is lost the second time.
  local outcomes, seen = {}, {}
  for _, run in ipairs(runs) do
    for _, id in ipairs(run.ids) do
      outcomes[#outcomes + 1] = seen[id] and '' or 'completed'
      seen[id] = true
    end
  end
  return outcomes
end

--@include now whole numbers chunks ticket record run extras sides ordered kept queues changes hold unique failures limits group-keys groups

is_asked_for = asked_for > (any_limits and 1 or 0)
if not is_asked_for then
  any_extras = false
end

local outcomes, leases, ended, seen = {}, {}, {}, {}
for _, run in ipairs(runs) do
  for i = run.first, run.last do
    local ticket = ARGV[i]
    local lease = {}
    if run.scores[i - run.first + 1] and not seen[ticket] then
      seen[ticket] = true
      local stamp, claim, id = parse_ticket(ticket)
      lease = { ticket = ticket, id = id, stamp = stamp, claim = claim, run = run }
      ended[run.name] = ended[run.name] or {}
      table.insert(ended[run.name], ticket)
    end
    leases[#leases + 1] = lease
    outcomes[#outcomes + 1] = ''
  end
end

local function end_leases()
  for name, tickets in pairs(ended) do
    call_chunked('ZREM', P .. name .. ':active', tickets)
    if any_limits then
      tell_of_free_slots(name, #tickets)
    end
  end
end

-- What must be read: the run of every job that stays, the record too of those whose record decides or is repaired.
local time = now()
local run_ids, record_ids, current_ids = {}, {}, {}
for _, lease in ipairs(leases) do
  if lease.id then
    local kind, id = lease.run.kind, lease.id
    local returns = kind == 'retry' or kind == 'released'
    current_ids[#current_ids + 1] = id
    if returns or kind == 'undecodable' or lease.run.ms ~= '0' then
      run_ids[#run_ids + 1] = id
      if returns or kind == 'undecodable' then
        record_ids[#record_ids + 1] = id
      end
    end
  end
end
local run_texts, records, extras = read_by_id('runs', run_ids), read_by_id('jobs', record_ids), read_extras(current_ids)
local any_cancels = is_asked_for and redis.call('EXISTS', P .. 'cancels') == 1
local cancels, failures = any_cancels and read_by_id('cancels', record_ids) or {}, read_by_id('failures', run_ids)

-- An attempt has failed.
local function note_failure(id, run, text)
  add_pair(changes.errors, id, text)
  add_pair(changes.failures, id, add_failure(failures[id], run.attempts, time, text))
end

-- By name, until when nothing of it is claimed.
local holds_until = {}

-- To where it waits: in an ordered group to the head, or to its place there, which it keeps until it is due.
local function wait_again(name, ticket, id, due, extra)
  local is_ordered = extra and extra.group and limits_of(name).group.ordered
  if is_ordered and due > time then
    keep_place(name, id, extra)
  end
  end_group_run(name, extra)
  return to_waiting(name, ticket, due, time, extra, is_ordered)
end

local function come_back(kind, id, name, stamp, run, ms, text)
  local extra, state, stays = extras[id], nil, true
  local delay_ms, hold_ms = string.match(ms, '^(%d+)/?(%d*)$')
  if kind == 'retry' then
    run.attempts = run.attempts + 1
  end
  if hold_ms ~= '' then
    holds_until[name] = math.max(holds_until[name] or 0, math.ceil(time) + tonumber(hold_ms))
  end
  if cancels[id] == stamp then
    end_group_run(name, extra)
    local record = records[id] and parse_record(records[id])
    state = 'cancelled'
    stays = finish(state, id, stamp, name, record and record.completed_ms or 0, run, time, extra and extra.max_count)
    release_key(name, id, stamp, extra, time)
  else
    add_pair(changes.runs, id, format_run(run))
    if retake_key(name, id, stamp, run.claims, extra, time) then
      end_group_run(name, extra)
      state = 'scheduled'
    else
      state = wait_again(name, to_ticket(stamp, run.claims, id, name), id, due_at('d' .. delay_ms, time), extra)
    end
  end
  if kind == 'retry' and stays then
    note_failure(id, run, text)
  end
  return state
end

local function die(reason, id, name, stamp, run, retention_ms, max_count, text)
  run.reason = reason
  local repaired
  if reason ~= 'undecodable' then
    run.attempts = run.attempts + 1
  elseif records[id] and not parse_record(records[id]) then
    if is_newer(records[id]) then
      -- Another release can read it: it stays as it is, whatever this one was told of its retention.
      retention_ms = math.max(retention_ms, KEEP_UNREADABLE_MS)
    else
      repaired = repair_record(records[id], stamp, name, time)
    end
  end
  if finish('dead', id, stamp, name, retention_ms, run, time, max_count) then
    if reason == 'undecodable' then
      add_pair(changes.errors, id, text)
    else
      note_failure(id, run, text)
    end
    if repaired then
      add_pair(changes.jobs, id, repaired)
    end
  end
  return 'dead'
end

local function settle(lease)
  local kind, name, ms, text = lease.run.kind, lease.run.name, lease.run.ms, lease.run.text
  local id, stamp = lease.id, lease.stamp
  if any_cancels then
    table.insert(changes.uncancelled, id)
  end
  local completes = kind == 'completed' or kind == 'result'
  if completes and ms == '0' and not extras[id] then
    leave_no_trace(id)
    return 'completed'
  end
  local run = parse_run(run_texts[id])
  run.claims = tonumber(lease.claim)
  if kind == 'retry' or kind == 'released' then
    return come_back(kind, id, name, stamp, run, ms, text)
  end
  local retention, max_count = string.match(ms, '^(%d+)/?(%d*)$')
  end_group_run(name, extras[id])
  release_key(name, id, stamp, extras[id], time)
  if not completes and kind ~= 'cancelled' then
    return die(kind, id, name, stamp, run, tonumber(retention), tonumber(max_count), text)
  end
  local state = completes and 'completed' or 'cancelled'
  if finish(state, id, stamp, name, tonumber(retention), run, time, tonumber(max_count)) and kind == 'result' then
    add_pair(changes.results, id, text)
  end
  return state
end

for place, lease in ipairs(leases) do
  if lease.id then
    outcomes[place] = settle(lease)
  end
end
end_leases()
flush_changes()
for name, until_ms in pairs(holds_until) do
  redis.call('ZADD', P .. 'holds', 'GT', whole(until_ms), name)
end
return outcomes
