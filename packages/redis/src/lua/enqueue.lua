-- enqueue: accepts jobs in the order given, each whole or not at all.
-- KEYS: 1 jobs
-- ARGV: 1 `plain` if no id is there twice, no job has extras and there are at most 1,000, 2 how many jobs, 3 how many runs of
-- jobs there are that have name and due time in common; the ids; the rests of the records; name, due (numbers.lua) and how
-- many jobs, … of each run; then the number of a job (from 1) and its extras, … for each that has any
-- Returns: nothing if all were added and are plain; else for each job 1 if it was added, 0 if its id is held, else outcome ⇥ id
-- of the job that holds its key.
-- Invariant: nothing is written before every id has been looked up, and the first write is one that a full Redis
-- refuses, so that a push is refused whole. Jobs with a unique key are placed one by one, as each meets those before.
--@include prefix now whole numbers

if ARGV[2] == '0' then
  return {}
end
local time = now()
-- A job stands so far before its id and its rest.
local count, before_ids = tonumber(ARGV[2]), 3
local before_rests = before_ids + count
local first_run = before_rests + count + 1
local first_extra = first_run + ARGV[3] * 3

-- Lua can hand only so many values to one call.
local is_plain = ARGV[1] == 'plain'
if is_plain then
  local texts = redis.call('HMGET', KEYS[1], unpack(ARGV, before_ids + 1, before_rests))
  for i = 1, count do
    if texts[i] then
      is_plain = false
      break
    end
  end
end

-- To format a number takes longer than to put a record together, so only every hundredth is, and these are put behind it.
local PAIRS = '00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899'

-- New plain jobs pay for nothing else: it is not even defined. Nor are there functions here, as each is made anew with each call.
if is_plain then
  local call, cut, head = redis.call, string.sub, nil
  local last, enqueued_at = 0, math.floor(time)
  local generation = call('INCRBY', P .. 'generation', ARGV[2]) - count
  -- Of each job its id and record; by name what goes to the work queue; what goes to the scheduled set, and how many of each name
  local records, ready, pairs_of, scheduled, first_due, least_due = {}, {}, nil, nil, nil, math.huge
  for run = first_run, first_extra - 1, 3 do
    local name, due, first = ARGV[run], due_at(ARGV[run + 1], time), last + 1
    local middle, behind, is_due = record_middle(name, due, enqueued_at), '\t' .. name, due <= time
    local queue, score = ready[name], nil
    if not queue then
      queue = {}
      ready[name] = queue
    end
    local before = #queue - last
    last = last + ARGV[run + 2]
    if not is_due then
      pairs_of, scheduled, score = pairs_of or {}, scheduled or {}, whole(due)
      scheduled[name] = (scheduled[name] or 0) + last - first + 1
    end
    for i = first, last do
      local id, number = ARGV[before_ids + i], generation + i
      local pair = number % 100
      if not head or pair == 0 or number == 10 then
        local digits = whole(number)
        head = string.char(96 + #digits) .. cut(digits, 1, -3)
      end
      local digits = cut(PAIRS, pair * 2 + (number < 10 and 2 or 1), pair * 2 + 2)
      records[i * 2 - 1] = id
      records[i * 2] = '1\t' .. head .. digits .. middle .. ARGV[before_rests + i]
      local ticket = head .. digits .. '\t0\t' .. id .. behind
      if is_due then
        queue[before + i] = ticket
      else
        pairs_of[#pairs_of + 1] = score
        pairs_of[#pairs_of + 1] = ticket
        if due < least_due then
          first_due, least_due = ticket, due
        end
      end
    end
  end
  call('HSET', KEYS[1], unpack(records))
  -- A name of which jobs wait already is listed: prune only forgets those of which none do.
  if pairs_of then
    local key = P .. 'scheduled'
    call('ZADD', key, unpack(pairs_of))
    for name, number in pairs(scheduled) do
      if call('HINCRBY', P .. 'scheduled-counts', name, number) <= number then
        call('SADD', P .. 'names', name)
      end
    end
    if call('ZRANGE', key, 0, 0)[1] == first_due then
      call('PUBLISH', P .. 'hints', 'due')
    end
  end
  for name, tickets in pairs(ready) do
    if tickets[1] then
      local key = P .. name .. ':ready'
      local length = call('LPUSH', key, unpack(tickets))
      -- How many were ever pushed tells a reader of pages where a job now stands, counted from the tail.
      call('HINCRBY', P .. 'pushed', name, #tickets)
      if length == #tickets then
        call('SADD', P .. 'names', name)
        call('PUBLISH', key, '')
      end
    end
  end
  return {}
end

--@include chunks ticket queues

local is_held, ids = {}, {}
for i = 1, count do
  ids[i] = ARGV[before_ids + i]
end
local texts = read_chunked('HMGET', P .. 'jobs', ids)
for i = 1, count do
  if texts[i] then
    is_held[ids[i]] = true
  end
end

local names, is_known = {}, {}
local function note_name(name)
  if not is_known[name] then
    is_known[name] = true
    names[#names + 1] = name
  end
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
      id = ids[i], name = ARGV[run], due = due_at(ARGV[run + 1], time), rest = ARGV[before_rests + i], extra = extras[i],
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

local outcomes = {}
for i, job in ipairs(jobs) do
  outcomes[i] = place(job)
end
call_chunked('SADD', P .. 'names', names)
flush_changes()
return outcomes
