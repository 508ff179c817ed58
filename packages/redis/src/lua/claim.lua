-- claim: leases jobs from the head of a work queue, first those that this worker has popped while waiting.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 worker, 3 limit, 4 lease in ms
-- Returns: 1 if there may be more, 2 if the name is paused, 3 on hold, 4 at its concurrency, 5 without a token; the time; which
-- of these come: 4 in how many ms something that is held back may be claimed ('' for never, or nothing), and with each job
-- 16 its run record, 1 its checkpoint, 2 its group and weight; 8 if groups are set aside. Then for each job its ticket under the
-- new lease, its record, and those.
-- Invariant: a ticket leaves its place in the same step in which it comes under a lease. A void ticket (its record
-- is gone or has another stamp) is dropped, at most MAX_VOID in a call. A record that cannot be read is leased all
-- the same, so that it can be settled as dead; what is no ticket goes to `damaged`. A claim that leaves ordered jobs, or
-- groups that may run, behind an empty list wakes another waiter; so does one that got all it asked for where a group waits
-- for its time, as whoever claims next and gets nothing is told of it.
--@include prefix now whole

local name, worker, limit, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = now()
local deadline = whole(math.ceil(time) + lease_ms)
local inbox_key, ready_key, active_key = P .. name .. ':inbox:' .. worker, P .. name .. ':ready', P .. name .. ':active'
local is_asked_for = redis.call(
  'EXISTS', P .. 'extras', P .. 'control', P .. 'checkpoints', P .. 'limits', P .. 'holds', P .. 'fair'
) > 0

-- Jobs that were never claimed, each as its ticket says, where nothing is held: such a claim pays for nothing else, which is not
-- even defined. Nor are there functions here, as each is made anew with each call. Lua can hand only so many values to one call.
local is_plain = not is_asked_for and limit > 0 and limit <= 1000
if is_plain then
  local call, match = redis.call, string.match
  local tickets, ids, stamps, count = {}, {}, {}, 0
  -- A text spares Redis from formatting a number.
  local in_inbox = call('LRANGE', inbox_key, '-' .. ARGV[3], '-1')
  local in_ready = #in_inbox < limit and call('LRANGE', ready_key, #in_inbox - limit, '-1') or {}
  for side = 1, 2 do
    local list = side == 1 and in_inbox or in_ready
    -- The head of a list is at its right end.
    for i = #list, 1, -1 do
      local stamp, of_job, id = match(list[i], '^(%l%d+)\t0\t(([^\t]+)\t[^\t]+)$')
      if not stamp then
        is_plain = false
        break
      end
      count = count + 1
      tickets[count], ids[count], stamps[count] = stamp .. '\t1\t' .. of_job, id, stamp
    end
  end
  local reply, leases = { 0, math.floor(time), 0 }, {}
  if is_plain and count > 0 then
    local records = call('HMGET', KEYS[1], unpack(ids))
    for i = 1, count do
      local record = records[i]
      if not record or match(record, '^1\t(%l%d+)\t') ~= stamps[i] then
        is_plain = false
        break
      end
      reply[i * 2 + 2], reply[i * 2 + 3] = tickets[i], record
      leases[i * 2 - 1], leases[i * 2] = deadline, tickets[i]
    end
  end
  if is_plain and count > 0 then
    -- An error behind the first write would lose jobs, so what the writes touch is touched before.
    call('ZCARD', active_key)
    if in_inbox[1] then
      call('LTRIM', inbox_key, '0', -#in_inbox - 1)
    end
    if in_ready[1] then
      call('LTRIM', ready_key, '0', -#in_ready - 1)
    end
    call('ZADD', active_key, unpack(leases))
  end
  if is_plain then
    return reply
  end
end

--@include numbers chunks full ticket record source leasing

local most = limit + MAX_VOID
local inbox, ready = open_list(inbox_key, most), open_list(ready_key, most)
local lists = { [inbox_key] = inbox, [ready_key] = ready }
local taken = {}

local function take_plain(list)
  while #taken < limit and has_next(list, limit - #taken) do
    taken[#taken + 1] = pass(list)
  end
end

if not is_asked_for then
  take_plain(inbox)
  take_plain(ready)
  local may_be_more = #taken < limit and not (is_finished(inbox) and is_finished(ready))
  local reply, leases = lease_jobs(name, taken, may_be_more, time, deadline, false)
  move_to_active(name, lists, leases, {})
  return reply
end

-- In a function of its own, as one may have only so many locals.
local function claim_what_is_asked_for()
  --@include run extras sides ordered kept queues changes hold unique turns inbox control limits bucket group-keys groups order fair

  local PAUSED, ON_HOLD, AT_CONCURRENCY, WITHOUT_TOKEN = 2, 3, 4, 5

  local function refuse(why, held_for)
    empty_inbox(name, worker)
    return { why, math.floor(time), WITH_HELD_FOR, held_for and exact(held_for) or '' }
  end

  if is_paused(name) then
    return refuse(PAUSED)
  end
  local hold_ends = tonumber(redis.call('ZSCORE', P .. 'holds', name) or 0)
  if hold_ends > time then
    return refuse(ON_HOLD, hold_ends - time)
  end
  local limits = limits_of(name)
  local rate = limits.rate
  local bucket = rate and parse_bucket(redis.call('HGET', P .. 'buckets', name))
  local function write_bucket(count)
    local before = bucket
    bucket = count > 0 and take_tokens(bucket, rate, time, count) or cut_to_size(bucket, rate, time)
    if bucket ~= before then
      begin_though_full()
      write_buckets(P .. 'buckets', P .. 'rates', { name }, { [name] = bucket })
    end
  end
  local room = limits.concurrency and math.max(0, limits.concurrency - redis.call('ZCARD', P .. name .. ':active')) or math.huge
  local tokens = rate and tokens_of(bucket, rate, time) or math.huge
  local allowed = math.min(limit, room, tokens)
  if allowed == 0 and room == 0 then
    return refuse(AT_CONCURRENCY)
  elseif allowed == 0 then
    write_bucket(0)
    return refuse(WITHOUT_TOKEN, token_in_ms(bucket, rate, time))
  end

  local group_sets = group_sets_of(name)
  local ordered = P .. name .. ':ordered'
  local any_ordered = has_extras() and redis.call('EXISTS', ordered) == 1
  local any_groups = redis.call('EXISTS', unpack(group_sets)) > 0
  local bands, turns, fair = open_bands(name, most), any_ordered and read_turns(name), nil
  -- Of those taken, how many are to be leased: the others have expired.
  local leased = 0
  inbox.read_extras, ready.read_extras = read_extras, read_extras

  local function wants_more()
    return leased < allowed and #taken < most
  end

  -- → whether it is to be leased
  local function take(job)
    local extra = job[6]
    taken[#taken + 1] = job
    if extra and is_expired(extra, tonumber(job[2]), time) then
      job.ends = parse_record(job[5])
    end
    if not job.ends then
      leased = leased + 1
    end
    return not job.ends
  end

  local function take_in_order(source)
    while wants_more() and has_next(source, allowed - leased) do
      local job = pass(source)
      if job then
        take(job)
      end
    end
  end

  -- → whether there is a job without a group, and in the list; nothing if the look was cut short
  local function has_ungrouped()
    local count = allowed - leased
    local in_list = has_job(ready, count)
    if not in_list and not is_finished(ready) then
      return nil
    elseif any_ordered and bands.lowest then
      bands.lowest = next_band(bands, bands.lowest, count)
    end
    return in_list or any_ordered and bands.lowest ~= nil, in_list
  end

  local function next_ungrouped(in_list)
    if any_ordered and bands.lowest then
      local priority = take_turn(turns, bands, in_list, allowed - leased)
      return pass(priority == 0 and ready or bands.sources[priority])
    end
    return pass(ready)
  end

  local function take_by_turns()
    while wants_more() do
      local is_there, in_list = has_ungrouped()
      if not is_there then
        return
      end
      take(next_ungrouped(in_list))
    end
  end

  -- The jobs without a group are served like one of weight 1.
  local function take_fairly()
    while wants_more() and fair.left > 0 do
      local is_there, in_list = has_ungrouped()
      if is_there == nil then
        return
      end
      fair.plain = is_there and (fair.plain or fair.virtual + 1) or nil
      local group = group_in_turn(fair, allowed - leased)
      if is_there and (not group or fair.plain <= group.finish) then
        if take(next_ungrouped(in_list)) then
          fair.virtual = fair.plain
          fair.plain = fair.virtual + 1
        end
      elseif group then
        local job = begin_turn(fair, group)
        if job then
          if take(job) then
            count_turn(fair, group)
          end
          end_turn(fair, group)
        end
      else
        return
      end
    end
    fair.is_cut = fair.is_cut or fair.left <= 0
  end

  take_in_order(inbox)
  if any_groups then
    fair = open_fair(name, limits.group, time, most)
    take_fairly()
  elseif any_ordered then
    take_by_turns()
  else
    take_in_order(ready)
  end

  local function expire(job)
    local stamp, id, extra, record = job[1], job[3], job[6], job.ends
    local run = parse_run(nil)
    run.reason = 'expired'
    finish('dead', id, stamp, name, record.dead_ms, run, time, extra.max_count)
    release_key(name, id, stamp, extra, time)
  end

  local to_lease, group_keys, group_runs = {}, {}, {}
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
      if extra and extra.group then
        if not group_runs[extra.group] then
          group_keys[#group_keys + 1] = extra.group
        end
        group_runs[extra.group] = (group_runs[extra.group] or 0) + 1
      end
    end
  end

  local is_held = allowed < limit and leased == allowed
  local is_seen = is_finished(inbox) and is_finished(ready) and not bands.is_cut and not (fair and fair.is_cut)
  local may_be_more = not is_held and leased < limit and not (is_seen and #taken < most)
  local reply, leases = lease_jobs(name, to_lease, may_be_more, time, deadline, true)
  local others = bands.sources
  if any_ordered then
    remove_passed(name, bands)
  end
  if fair then
    write_fair(fair)
    for _, group in ipairs(fair.touched) do
      others[group.key] = group.source
    end
  end
  move_to_active(name, lists, leases, others)
  if rate then
    write_bucket(leased)
  end
  if hold_ends > 0 then
    redis.call('ZREM', P .. 'holds', name)
  end
  count_runs(name, group_keys, function(key)
    return group_runs[key]
  end)
  if fair then
    write_fair_times(name, fair, fair.plain or redis.call('EXISTS', unpack(group_sets)) > 0)
  elseif leased < allowed and is_seen and #taken < most then
    -- Nothing is left that waits for its turn.
    redis.call('HDEL', P .. 'fair', name)
  end
  if has_extras() then
    flush_changes()
  end
  if any_ordered and redis.call('EXISTS', ordered) == 1 then
    write_turns(name, turns)
    wake_a_waiter(name)
  end
  -- Nothing where no group is aside.
  local first_aside = any_groups and tonumber(redis.call('ZRANGE', group_sets[3], 0, 0, 'WITHSCORES')[2] or '')
  local is_left_waiting = leased == limit and first_aside and first_aside < math.huge
  if is_left_waiting or redis.call('EXISTS', group_sets[1], group_sets[2]) > 0 then
    wake_a_waiter(name)
  end
  if is_held then
    empty_inbox(name, worker)
    reply[1] = room <= tokens and AT_CONCURRENCY or WITHOUT_TOKEN
    reply[4] = room > tokens and exact(token_in_ms(bucket, rate, time)) or ''
  elseif leased < limit and first_aside then
    reply[3] = reply[3] + WITH_SET_ASIDE
    reply[4] = first_aside < math.huge and exact(math.max(0, first_aside - time)) or ''
  end
  return reply
end

return claim_what_is_asked_for()
