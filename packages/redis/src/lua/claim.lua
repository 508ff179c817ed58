-- claim: leases jobs from the head of a work queue, first those that this worker has popped while waiting.
-- KEYS: 1 jobs, 2 runs, 3 void, 4 ready, 5 active, 6 inbox, 7 extras, 8 ordered, 9 control, 10 checkpoints
-- ARGV: 1 name, 2 worker, 3 limit, 4 lease in ms
-- Returns: 1 if there may be more (2 while the name is paused), the time, 1 if checkpoints come with the jobs; then for
-- each job its ticket under the new lease, record, run record, and its checkpoint.
-- Invariant: a ticket leaves its place in the same step in which it comes under a lease. A void ticket (its record
-- is gone or has another stamp) is dropped, at most MAX_VOID in a call. A record that cannot be read is leased all
-- the same, so that it can be settled as dead; what is no ticket goes to `damaged`. A claim that leaves ordered jobs
-- behind an empty list wakes another waiter.
--@include prefix now numbers chunks ticket record run extras sides ordered kept changes unique source turns inbox control

local MAX_VOID = 1000
local name, worker, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = now()
local is_special = any_exists('control', 'extras', 'checkpoints')
if is_special and is_paused(name) then
  empty_inbox(name, worker)
  return { 2, string.format('%.3f', time), 0 }
end

any_extras = is_special and any_exists('extras')
local active, ordered = P .. name .. ':active', P .. name .. ':ordered'
local most = limit + MAX_VOID
local lists = { P .. name .. ':inbox:' .. worker, P .. name .. ':ready' }
local inbox, ready = open_list(lists[1], most), open_list(lists[2], most)
local bands = open_bands(name, most)
local turns
-- In order: jobs to be leased, and those among them that have expired.
local taken, leased = {}, 0

local function wants_more()
  return leased < limit and #taken < most
end

local function take(job)
  local extra = job[6]
  taken[#taken + 1] = job
  if extra and is_expired(extra, tonumber(job[2]), time) then
    job.ends = parse_record(job[5])
  end
  if not job.ends then
    leased = leased + 1
  end
end

local function take_in_order(source)
  while wants_more() and has_next(source, limit - leased) do
    local job = pass(source)
    if job then
      take(job)
    end
  end
end

local function take_by_turns()
  turns = read_turns(name)
  while wants_more() do
    local count = limit - leased
    local has_plain = has_job(ready, count)
    if not has_plain and not is_finished(ready) then
      return
    end
    bands.lowest = next_band(bands, bands.lowest, count)
    if not bands.lowest then
      return take_in_order(ready)
    end
    local priority = take_turn(turns, bands, has_plain, count)
    take(pass(priority == 0 and ready or bands.sources[priority]))
  end
end

take_in_order(inbox)
local any_ordered = has_extras() and redis.call('EXISTS', ordered) == 1
if any_ordered then
  take_by_turns()
else
  take_in_order(ready)
end
local is_seen = is_finished(inbox) and is_finished(ready) and not bands.is_cut
local may_be_more = leased < limit and not (is_seen and #taken < most)

local run_ids, run_texts = {}, {}
for _, job in ipairs(taken) do
  if job[2] ~= '0' then
    run_ids[#run_ids + 1] = job[3]
  end
end
for i, text in ipairs(read_chunked('HMGET', P .. 'runs', run_ids)) do
  run_texts[run_ids[i]] = text
end

local function expire(job)
  local stamp, id, extra, record = job[1], job[3], job[6], job.ends
  local run = parse_run(nil)
  run.reason = 'expired'
  finish('dead', id, stamp, name, record.dead_ms, run, time, extra.max_count)
  release_key(name, id, stamp, extra, time)
end

local checkpoints
if is_special and #run_ids > 0 and any_exists('checkpoints') then
  checkpoints = {}
  for i, text in ipairs(read_chunked('HMGET', P .. 'checkpoints', run_ids)) do
    checkpoints[run_ids[i]] = text
  end
end

local reply = { may_be_more and 1 or 0, string.format('%.3f', time), checkpoints and 1 or 0 }
local leases = {}
local deadline = whole(math.ceil(time) + tonumber(ARGV[4]))
for _, job in ipairs(taken) do
  local id, extra = job[3], job[6]
  if extra and job[2] == '0' then
    expire_no_more(id, job[1], extra)
  end
  if job.ends then
    expire(job)
  else
    if extra and extra.hold_until == 'started' then
      release_key(name, id, job[1], extra, time)
    end
    local ticket = to_ticket(job[1], tonumber(job[2]) + 1, id, job[4])
    leases[#leases + 1] = deadline
    leases[#leases + 1] = ticket
    reply[#reply + 1] = ticket
    -- In place of a record: the worker is to leave this job to a later release, too.
    reply[#reply + 1] = extra and extra.newer and extra.text or job[5]
    reply[#reply + 1] = run_texts[id] or ''
    if checkpoints then
      reply[#reply + 1] = checkpoints[id] or false
    end
  end
end

-- An error behind the first write would lose jobs, so what the writes touch is touched before.
redis.call('ZCARD', active)
local void, strays = 0, {}
local function set_aside(source)
  for _, stray in ipairs(source.strays) do
    strays[#strays + 1] = name .. '\t' .. stray
  end
end

for i, list in ipairs({ inbox, ready }) do
  if list.passed > 0 then
    redis.call('LTRIM', lists[i], 0, -list.passed - 1)
  end
  void = void + list.void
  set_aside(list)
end
if any_ordered then
  for _, source in pairs(bands.sources) do
    set_aside(source)
  end
  remove_passed(name, bands)
end
call_chunked('ZADD', active, leases)
if void > 0 and redis.call('HINCRBY', P .. 'void', name, -void) <= 0 then
  redis.call('HDEL', P .. 'void', name)
end
call_chunked('RPUSH', P .. 'damaged', strays)
if has_extras() then
  flush_changes()
end
if any_ordered and redis.call('EXISTS', ordered) == 1 then
  write_turns(name, turns)
  wake_a_waiter(name)
end
return reply
