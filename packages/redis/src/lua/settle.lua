-- settle: ends current leases, in the order given.
-- KEYS: 1 jobs, 2 runs, 3 errors, 4 results, 5 cancels, 6… the active set of each name
-- ARGV: kind, ticket, id, name, ms, text, … for each lease. ms is the retention, or the delay of retry and released
-- Returns: for each lease the state the job went to, '' if the lease is not current.
-- Invariant: everything is read and decided before the first write, and that write is a removal. A completed job
-- that leaves no trace costs no reading of its records.
--@include prefix now numbers chunks ticket record run changes

local time = now()
local any_cancels = redis.call('EXISTS', P .. 'cancels') == 1
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

-- What must be read: the run of every job that stays, the record too of those whose record decides or is repaired.
local run_ids, record_ids = {}, {}
for i = 1, #ARGV, 6 do
  local kind, id = ARGV[i], ARGV[i + 2]
  local returns = kind == 'retry' or kind == 'released'
  if is_current[i] and (returns or kind == 'undecodable' or ARGV[i + 4] ~= '0') then
    run_ids[#run_ids + 1] = id
    if returns or kind == 'undecodable' then
      record_ids[#record_ids + 1] = id
    end
  end
end
local runs, records, cancels = {}, {}, {}
for i, text in ipairs(read_chunked('HMGET', P .. 'runs', run_ids)) do
  runs[run_ids[i]] = text
end
for i, text in ipairs(read_chunked('HMGET', P .. 'jobs', record_ids)) do
  records[record_ids[i]] = text
end
if any_cancels then
  for i, stamp in ipairs(read_chunked('HMGET', P .. 'cancels', record_ids)) do
    cancels[record_ids[i]] = stamp
  end
end

local function come_back(kind, id, name, stamp, run, delay_ms, text)
  local state, stays = nil, true
  if kind == 'retry' then
    run.attempts = run.attempts + 1
  end
  if cancels[id] == stamp then
    local record = records[id] and parse_record(records[id])
    state = 'cancelled'
    stays = finish(state, id, stamp, name, record and record.completed_ms or 0, run, time)
  else
    add_pair(changes.runs, id, format_run(run))
    local ticket = to_ticket(stamp, run.claims, id, name)
    state = to_waiting(name, ticket, due_at('d' .. delay_ms, time), time)
  end
  if kind == 'retry' and stays then
    add_pair(changes.errors, id, text)
  end
  return state
end

local function die(reason, id, name, stamp, run, retention_ms, text)
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
  if finish('dead', id, stamp, name, retention_ms, run, time) then
    add_pair(changes.errors, id, text)
    if repaired then
      add_pair(changes.records, id, repaired)
    end
  end
  return 'dead'
end

local function settle(i)
  local kind, id, name, ms, text = ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  if any_cancels then
    table.insert(changes.uncancelled, id)
  end
  if ms == '0' and (kind == 'completed' or kind == 'result') then
    leave_no_trace(id)
    return 'completed'
  end
  local stamp, claim = parse_ticket(ARGV[i + 1])
  local run = parse_run(runs[id])
  run.claims = tonumber(claim)
  if kind == 'retry' or kind == 'released' then
    return come_back(kind, id, name, stamp, run, ms, text)
  elseif kind == 'completed' or kind == 'result' or kind == 'cancelled' then
    if kind == 'result' then
      add_pair(changes.results, id, text)
    end
    local state = kind == 'cancelled' and 'cancelled' or 'completed'
    finish(state, id, stamp, name, tonumber(ms), run, time)
    return state
  end
  return die(kind, id, name, stamp, run, tonumber(ms), text)
end

for i = 1, #ARGV, 6 do
  outcomes[#outcomes + 1] = is_current[i] and settle(i) or ''
end
for _, name in ipairs(names) do
  call_chunked('ZREM', P .. name .. ':active', leases[name].ended)
end
flush_changes()
return outcomes
