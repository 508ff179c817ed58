-- enqueue: accepts jobs in the order given, each whole or not at all.
-- KEYS: 1 jobs, 2 generation, 3 scheduled, 4 scheduled-counts, 5 names, 6 pushed, 7… the ready list of each name
-- ARGV: 1 how many jobs; id, name, due (numbers.lua), rest of the record, … for each; then the number of a job (from 1)
-- and its extras, … for each that has any
-- Returns: for each job 1 if it was added, 0 if its id is held, else outcome ⇥ id of the job that holds its key.
-- Invariant: nothing is written before every id has been looked up, and the first write is one that a full Redis
-- refuses, so that a push is refused whole. Jobs with a unique key are placed one by one, as each meets those before.
--@include prefix now numbers chunks ticket queues

local time = now()
local enqueued_at = whole(math.floor(time))
local last = ARGV[1] * 4 + 1
local ids = {}
for i = 2, last, 4 do
  ids[#ids + 1] = ARGV[i]
end

local is_held, free = {}, 0
for i, text in ipairs(read_chunked('HMGET', P .. 'jobs', ids)) do
  if text then
    is_held[ids[i]] = true
  else
    free = free + 1
  end
end

local names, is_known = {}, {}
local function note_name(name)
  if not is_known[name] then
    is_known[name] = true
    names[#names + 1] = name
  end
end

local outcomes = {}

-- Plain jobs pay for nothing else: it is not even defined.
if last == #ARGV then
  local records, generation = {}, free > 0 and redis.call('INCRBY', P .. 'generation', free) - free
  for i, id in ipairs(ids) do
    outcomes[i] = is_held[id] and 0 or 1
    if not is_held[id] then
      local name, due = ARGV[i * 4 - 1], due_at(ARGV[i * 4], time)
      generation = generation + 1
      local stamp = to_stamp(generation)
      is_held[id] = true
      note_name(name)
      add_pair(records, id, new_record(stamp, name, due, enqueued_at, ARGV[i * 4 + 1]))
      to_waiting(name, to_ticket(stamp, 0, id, name), due, time)
    end
  end
  call_chunked('SADD', P .. 'names', names)
  call_chunked('HSET', P .. 'jobs', records)
  flush_queues()
  return outcomes
end

--@include record run extras sides ordered kept changes find hold unique limits group-keys groups take-out holder adding

local extras = {}
for i = last + 1, #ARGV, 2 do
  extras[tonumber(ARGV[i])] = parse_extra(ARGV[i + 1])
end

-- → its stamp
local function add(i, id, extra, put)
  local name = ARGV[i * 4 - 1]
  is_held[id] = true
  note_name(name)
  return add_job({ id = id, name = name, due = due_at(ARGV[i * 4], time), rest = ARGV[i * 4 + 1], extra = extra }, time, put)
end

local function add_holder(i, id, extra)
  take_key(ARGV[i * 4 - 1], id, add(i, id, extra), extra, time)
end

-- The key is held. → the outcome
local function conflict(i, id, extra, field, hold, holder)
  local how = extra.on_conflict
  local waits = holder and holder.record and (holder.state == 'scheduled' or holder.state == 'ready')
  if how == 'replace' and waits and (hold.ends_at or not extra.ttl_ms) then
    -- The key goes from one to the other: nothing that is parked takes it between.
    add_holder(i, id, extra)
    erase(holder, time)
    is_held[holder.id] = nil
    return 'replaced\t' .. holder.id
  elseif how == 'reschedule' and waits then
    move(holder, due_at(ARGV[i * 4], time), time)
    return 'rescheduled\t' .. holder.id
  elseif how == 'runAgain' and hold.hold_until == 'finished' and holder and holder.state == 'active' then
    local successor = first_parked(field)
    if successor then
      return 'duplicate\t' .. successor.id
    end
    add(i, id, extra, park)
    return 'queuedAgain\t' .. hold.id
  end
  return 'duplicate\t' .. hold.id
end

local function place(i, id)
  local extra = extras[i]
  if is_held[id] then
    return 0
  elseif not (extra and extra.key) then
    add(i, id, extra)
    return 1
  end
  local field = key_field(ARGV[i * 4 - 1], extra)
  if hold_of(field, time) then
    -- What was decided before must be there to be found.
    flush_changes()
    local hold, holder = current_hold(field, time)
    if hold then
      return conflict(i, id, extra, field, hold, holder)
    end
  end
  add_holder(i, id, extra)
  return 1
end

for i, id in ipairs(ids) do
  outcomes[i] = place(i, id)
end
call_chunked('SADD', P .. 'names', names)
flush_changes()
return outcomes
