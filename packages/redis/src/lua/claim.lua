-- claim: leases jobs from the head of a work queue, first those that this worker has popped while waiting.
-- KEYS: 1 jobs, 2 runs, 3 void, 4 ready, 5 active, 6 inbox, 7 extras, 8 ordered, 9 control, 10 checkpoints
-- ARGV: 1 name, 2 worker, 3 limit, 4 lease in ms
-- Returns: 1 if there may be more (2 while the name is paused), the time, 1 if checkpoints come with the jobs; then for
-- each job its ticket under the new lease, record, run record, and its checkpoint.
-- Invariant: a ticket leaves its place in the same step in which it comes under a lease. A void ticket (its record
-- is gone or has another stamp) is dropped, at most MAX_VOID in a call. A record that cannot be read is leased all
-- the same, so that it can be settled as dead; what is no ticket goes to `damaged`. A claim that leaves ordered jobs
-- behind an empty list wakes another waiter.
--@include prefix now numbers chunks ticket record source leasing

local name, worker, limit, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local most, time = limit + MAX_VOID, now()
local inbox_key, ready_key = P .. name .. ':inbox:' .. worker, P .. name .. ':ready'
local inbox, ready = open_list(inbox_key, most), open_list(ready_key, most)
local lists = { [inbox_key] = inbox, [ready_key] = ready }
local taken = {}

local function take_plain(list)
  while #taken < limit and has_next(list, limit - #taken) do
    taken[#taken + 1] = pass(list)
  end
end

-- Where all jobs are plain and nothing is paused, a claim pays for nothing else: it does not even define it.
if redis.call('EXISTS', P .. 'extras', P .. 'control', P .. 'checkpoints') == 0 then
  take_plain(inbox)
  take_plain(ready)
  local may_be_more = #taken < limit and not (is_finished(inbox) and is_finished(ready))
  local reply, leases = lease_jobs(name, taken, may_be_more, time, lease_ms, false)
  move_to_active(name, lists, leases, {})
  return reply
end

--@include run extras sides ordered kept queues changes hold unique turns inbox control

if is_paused(name) then
  empty_inbox(name, worker)
  return { 2, string.format('%.3f', time), 0 }
end

local bands = open_bands(name, most)
local turns
-- Of those taken, how many are to be leased: the others have expired.
local leased = 0
inbox.read_extras, ready.read_extras = read_extras, read_extras

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
local ordered = P .. name .. ':ordered'
local any_ordered = has_extras() and redis.call('EXISTS', ordered) == 1
if any_ordered then
  take_by_turns()
else
  take_in_order(ready)
end
local is_seen = is_finished(inbox) and is_finished(ready) and not bands.is_cut
local may_be_more = leased < limit and not (is_seen and #taken < most)

local function expire(job)
  local stamp, id, extra, record = job[1], job[3], job[6], job.ends
  local run = parse_run(nil)
  run.reason = 'expired'
  finish('dead', id, stamp, name, record.dead_ms, run, time, extra.max_count)
  release_key(name, id, stamp, extra, time)
end

local to_lease = {}
for _, job in ipairs(taken) do
  local id, extra = job[3], job[6]
  if extra and job[2] == '0' then
    expire_no_more(id, job[1], extra)
  end
  if job.ends then
    expire(job)
  else
    to_lease[#to_lease + 1] = job
    if extra and extra.newer then
      -- In place of a record: the worker is to leave this job to a later release, too.
      job[5] = extra.text
    end
    if extra and extra.hold_until == 'started' then
      release_key(name, id, job[1], extra, time)
    end
  end
end

local reply, leases = lease_jobs(name, to_lease, may_be_more, time, lease_ms, true)
if any_ordered then
  remove_passed(name, bands)
end
move_to_active(name, lists, leases, bands.sources)
if has_extras() then
  flush_changes()
end
if any_ordered and redis.call('EXISTS', ordered) == 1 then
  write_turns(name, turns)
  wake_a_waiter(name)
end
return reply
