-- enqueue: accepts jobs in the order given, each whole or not at all.
-- KEYS: 1 jobs, 2 generation, 3 scheduled, 4 scheduled-counts, 5 names, 6 pushed, 7… the ready list of each name
-- ARGV: 1 how many jobs, 2 how many runs of jobs that have name and due time in common; id and rest of the record of each
-- job; name, due (numbers.lua) and how many jobs, … of each run; then the number of a job (from 1) and its extras, … for
-- each that has any
-- Returns: nothing if all were added; else for each job 1 if it was added, 0 if its id is held, else outcome ⇥ id of the job
-- that holds its key.
-- Invariant: nothing is written before every id has been looked up, and the first write is one that a full Redis
-- refuses, so that a push is refused whole. Jobs with a unique key are placed one by one, as each meets those before.
--@include prefix now numbers chunks ticket queues

local time = now()
local count, ids = tonumber(ARGV[1]), {}
local first_run = count * 2 + 3
local first_extra = first_run + ARGV[2] * 3
for i = 1, count do
  ids[i] = ARGV[i * 2 + 1]
end

local is_held, held = {}, 0
for i, text in ipairs(read_chunked('HMGET', P .. 'jobs', ids)) do
  if text then
    is_held[ids[i]] = true
    held = held + 1
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
if first_extra > #ARGV then
  local records, added, i, enqueued_at = {}, 0, 0, math.floor(time)
  local generation = held < count and redis.call('INCRBY', P .. 'generation', count - held) - (count - held)
  for run = first_run, #ARGV, 3 do
    local name, due = ARGV[run], due_at(ARGV[run + 1], time)
    local middle, is_due = record_middle(name, due, enqueued_at), due <= time
    local tickets = is_due and tickets_for(name)
    local queued = is_due and #tickets
    for _ = 1, tonumber(ARGV[run + 2]) do
      i = i + 1
      local id = ids[i]
      if is_held[id] then
        outcomes[i] = 0
      else
        is_held[id] = true
        outcomes[i] = 1
        added = added + 1
        local stamp = to_stamp(generation + added)
        records[added * 2 - 1] = id
        note_name(name)
        records[added * 2] = '1\t' .. stamp .. middle .. ARGV[i * 2 + 2]
        local ticket = stamp .. '\t0\t' .. id .. '\t' .. name
        if is_due then
          queued = queued + 1
          tickets[queued] = ticket
        else
          to_scheduled(name, ticket, due)
        end
      end
    end
  end
  call_chunked('SADD', P .. 'names', names)
  call_chunked('HSET', P .. 'jobs', records)
  flush_queues()
  return added < count and outcomes or {}
end

--@include record run extras sides ordered kept changes find hold unique limits group-keys groups take-out holder adding

local extras, jobs = {}, {}
for i = first_extra, #ARGV, 2 do
  extras[tonumber(ARGV[i])] = parse_extra(ARGV[i + 1])
end
for run = first_run, first_extra - 1, 3 do
  for _ = 1, tonumber(ARGV[run + 2]) do
    local i = #jobs + 1
    jobs[i] = {
      id = ids[i], name = ARGV[run], due = due_at(ARGV[run + 1], time), rest = ARGV[i * 2 + 2], extra = extras[i],
    }
  end
end

-- → its stamp
local function add(job, put)
  is_held[job.id] = true
  note_name(job.name)
  return add_job(job, time, put)
end

local function add_holder(job)
  take_key(job.name, job.id, add(job), job.extra, time)
end

-- The key is held. → the outcome
local function conflict(job, field, hold, holder)
  local how = job.extra.on_conflict
  local waits = holder and holder.record and (holder.state == 'scheduled' or holder.state == 'ready')
  if how == 'replace' and waits and (hold.ends_at or not job.extra.ttl_ms) then
    -- The key goes from one to the other: nothing that is parked takes it between.
    add_holder(job)
    erase(holder, time)
    is_held[holder.id] = nil
    return 'replaced\t' .. holder.id
  elseif how == 'reschedule' and waits then
    move(holder, job.due, time)
    return 'rescheduled\t' .. holder.id
  elseif how == 'runAgain' and hold.hold_until == 'finished' and holder and holder.state == 'active' then
    local successor = first_parked(field)
    if successor then
      return 'duplicate\t' .. successor.id
    end
    add(job, park)
    return 'queuedAgain\t' .. hold.id
  end
  return 'duplicate\t' .. hold.id
end

local function place(job)
  if is_held[job.id] then
    return 0
  elseif not (job.extra and job.extra.key) then
    add(job)
    return 1
  end
  local field = key_field(job.name, job.extra)
  if hold_of(field, time) then
    -- What was decided before must be there to be found.
    flush_changes()
    local hold, holder = current_hold(field, time)
    if hold then
      return conflict(job, field, hold, holder)
    end
  end
  add_holder(job)
  return 1
end

for i, job in ipairs(jobs) do
  outcomes[i] = place(job)
end
call_chunked('SADD', P .. 'names', names)
flush_changes()
return outcomes
