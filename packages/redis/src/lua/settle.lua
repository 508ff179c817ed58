-- settle: ends current leases, in the order given.
-- KEYS: 1 jobs, 2 runs, 3 errors, 4 results, 5 cancels, 6 extras, 7 failures, 8 progress, 9 checkpoints, 10 logged,
-- 11 limits, 12… the active set of each name
-- ARGV: kind, name, ms, text, how many, and the ticket of each, … for each run of up to 1,000 leases that end alike. ms is the retention,
-- with /max behind it where so many are kept at most, or the delay of retry and released, with / and for how long the name is
-- held behind it
-- Returns: nothing if all were current and completed; else for each lease the state the job went to, '' if the lease is not current.
-- Invariant: everything is read and decided before the first write, and that write is a removal. A completed job
-- that leaves no trace costs no reading of its records.
--@include prefix

local asked_for = redis.call('EXISTS', KEYS[5], KEYS[6], KEYS[8], KEYS[9], KEYS[10], KEYS[11])
local any_limits = asked_for > 0 and redis.call('EXISTS', KEYS[11]) == 1
local is_plain = asked_for == (any_limits and 1 or 0)

local function is_completed(kind)
  return kind == 'completed' or kind == 'result'
end

local runs = {}
local next_run = 1
while next_run <= #ARGV do
  local kind, name, ms, text, count = unpack(ARGV, next_run, next_run + 4)
  local run = { kind = kind, name = name, ms = ms, text = text, first = next_run + 5, last = next_run + 4 + count }
  run.active = P .. name .. ':active'
  run.scores = redis.call('ZMSCORE', run.active, unpack(ARGV, run.first, run.last))
  runs[#runs + 1] = run
  is_plain = is_plain and is_completed(kind) and ms == '0'
  next_run = run.last + 1
end

local function tell_of_ended(name, count)
  --@include limits
  tell_of_free_slots(name, count)
end

-- → the ids of its leases; nothing if one is not current
local function ids_of(run)
  local ids = {}
  for i, score in ipairs(run.scores) do
    ids[i] = score and string.match(ARGV[run.first + i - 1], '^%l%d+\t%d+\t([^\t]+)')
    if not ids[i] then
      return nil
    end
  end
  return ids
end

-- → how many leases have ended
local function end_plain(run, ids)
  local ended = redis.call('ZREM', run.active, unpack(ARGV, run.first, run.last))
  redis.call('HDEL', KEYS[1], unpack(ids))
  if redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4], KEYS[7]) > 0 then
    for _, key in ipairs({ KEYS[2], KEYS[3], KEYS[4], KEYS[7] }) do
      redis.call('HDEL', key, unpack(ids))
    end
  end
  if any_limits then
    tell_of_ended(run.name, ended)
  end
  return ended
end

-- One that is there twice is lost the second time.
local function outcomes_of(ids_by_run)
  local outcomes, seen = {}, {}
  for _, ids in ipairs(ids_by_run) do
    for _, id in ipairs(ids) do
      outcomes[#outcomes + 1] = seen[id] and '' or 'completed'
      seen[id] = true
    end
  end
  return outcomes
end

-- Plain jobs that complete without a trace cost their removal, and nothing else: it is not even defined. → nothing where one is not so
local function settle_plain()
  local ids_by_run, ended, count = {}, 0, 0
  for i, run in ipairs(runs) do
    ids_by_run[i] = ids_of(run)
    if not ids_by_run[i] then
      return nil
    end
  end
  for i, run in ipairs(runs) do
    ended = ended + end_plain(run, ids_by_run[i])
    count = count + #ids_by_run[i]
  end
  return ended == count and {} or outcomes_of(ids_by_run)
end

local outcomes_of_plain = is_plain and settle_plain()
if outcomes_of_plain then
  return outcomes_of_plain
end

--@include now numbers chunks ticket record run extras sides ordered kept queues changes hold unique failures limits group-keys groups

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
      tell_of_ended(name, #tickets)
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
  local completes = is_completed(kind)
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
