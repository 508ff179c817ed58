-- settle: ends current leases, in the order given.
-- KEYS: 1 jobs, 2 runs, 3 errors, 4 results, 5 cancels, 6 extras, 7 failures, 8 progress, 9 checkpoints, 10 logged,
-- 11 limits, 12… the active set of each name
-- ARGV: kind, ticket, id, name, ms, text, … for each lease. ms is the retention, with /max behind it where so many are
-- kept at most, or the delay of retry and released, with / and for how long the name is held behind it
-- Returns: for each lease the state the job went to, '' if the lease is not current.
-- Invariant: everything is read and decided before the first write, and that write is a removal. A completed job
-- that leaves no trace costs no reading of its records.
--@include prefix chunks sides

is_asked_for = any_exists('limits', 'cancels', unpack(ASKED_FOR))
local any_limits = is_asked_for and any_exists('limits')
if any_limits then
  is_asked_for = any_exists('cancels', unpack(ASKED_FOR))
end
local is_plain = not is_asked_for
local outcomes, leases, names = {}, {}, {}
for i = 1, #ARGV, 6 do
  local name = ARGV[i + 3]
  if not leases[name] then
    leases[name] = { tickets = {}, places = {}, ended = {} }
    names[#names + 1] = name
  end
  table.insert(leases[name].tickets, ARGV[i + 1])
  table.insert(leases[name].places, i)
end

local is_current, seen = {}, {}
for _, name in ipairs(names) do
  local of_name = leases[name]
  for i, score in ipairs(read_chunked('ZMSCORE', P .. name .. ':active', of_name.tickets)) do
    local ticket = of_name.tickets[i]
    if score and not seen[ticket] then
      seen[ticket] = true
      is_current[of_name.places[i]] = true
      table.insert(of_name.ended, ticket)
    end
  end
end

local function end_leases()
  for _, name in ipairs(names) do
    call_chunked('ZREM', P .. name .. ':active', leases[name].ended)
  end
  if any_limits then
    --@include limits
    for _, name in ipairs(names) do
      tell_of_free_slots(name, #leases[name].ended)
    end
  end
end

local function is_completed(i)
  return ARGV[i] == 'completed' or ARGV[i] == 'result'
end

-- Plain jobs that complete without a trace cost their removal, and nothing else: it is not even defined.
local gone = {}
for i = 1, #ARGV, 6 do
  if is_current[i] then
    outcomes[#outcomes + 1] = 'completed'
    gone[#gone + 1] = ARGV[i + 2]
    is_plain = is_plain and is_completed(i) and ARGV[i + 4] == '0'
  else
    outcomes[#outcomes + 1] = ''
  end
end
if is_plain then
  end_leases()
  delete_records(gone)
  return outcomes
end

--@include now numbers ticket record run extras ordered kept queues changes hold unique failures limits group-keys groups

if not is_asked_for then
  any_extras = false
end

-- What must be read: the run of every job that stays, the record too of those whose record decides or is repaired.
local time = now()
local run_ids, record_ids, current_ids = {}, {}, {}
for i = 1, #ARGV, 6 do
  local kind, id = ARGV[i], ARGV[i + 2]
  local returns = kind == 'retry' or kind == 'released'
  if is_current[i] then
    current_ids[#current_ids + 1] = id
  end
  if is_current[i] and (returns or kind == 'undecodable' or ARGV[i + 4] ~= '0') then
    run_ids[#run_ids + 1] = id
    if returns or kind == 'undecodable' then
      record_ids[#record_ids + 1] = id
    end
  end
end
local runs, records, extras = read_by_id('runs', run_ids), read_by_id('jobs', record_ids), read_extras(current_ids)
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

local function settle(i)
  local kind, id, name, ms, text = ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  if any_cancels then
    table.insert(changes.uncancelled, id)
  end
  local completes = is_completed(i)
  if completes and ms == '0' and not extras[id] then
    leave_no_trace(id)
    return 'completed'
  end
  local stamp, claim = parse_ticket(ARGV[i + 1])
  local run = parse_run(runs[id])
  run.claims = tonumber(claim)
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

local place = 0
for i = 1, #ARGV, 6 do
  place = place + 1
  if is_current[i] then
    outcomes[place] = settle(i)
  end
end
end_leases()
flush_changes()
for name, until_ms in pairs(holds_until) do
  redis.call('ZADD', P .. 'holds', 'GT', whole(until_ms), name)
end
return outcomes
