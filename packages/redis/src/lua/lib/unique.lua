-- Who holds which unique key, and what is parked behind it. What a script decides about both is known to all that it
-- decides after, and is written by flush_changes().
local MAX_STALE = 100
local holds, changed, had_end = {}, {}, {}
-- By key, what this call has parked; what it has taken out of the index, and how many of those each key had.
local parked, unparked, passed = {}, {}, {}

-- → nothing where the key is free, as it is once a time to live is over
local function hold_of(field, time)
  if holds[field] == nil then
    local text = redis.call('HGET', P .. 'unique', field)
    holds[field] = text and parse_hold(text) or false
    had_end[field] = holds[field] and holds[field].ends_at
  end
  local hold = holds[field]
  return hold and not (hold.ends_at and hold.ends_at <= time) and hold or nil
end

local function set_hold(field, hold)
  holds[field] = hold
  changed[field] = true
end

local function take_key(name, id, stamp, extra, time)
  local ends_at = extra.ttl_ms and math.ceil(time) + extra.ttl_ms
  local hold_until = ends_at and 'ttl' or extra.hold_until
  set_hold(key_field(name, extra), { stamp = stamp, id = id, hold_until = hold_until, ends_at = ends_at })
end

local function park(name, id, stamp, claims, extra)
  local field = key_field(name, extra)
  parked[field] = parked[field] or {}
  table.insert(parked[field], { stamp = stamp, claims = claims, id = id, name = name })
end

local function unpark(field, member, job)
  passed[field] = (passed[field] or 0) + 1
  unparked[#unparked + 1] = { member = member, job = job }
end

-- What is not parked any more, as a release that knows of no keys leaves it behind, is dropped: so many at most.
local function first_in_index(field)
  for _ = 1, MAX_STALE do
    local member = redis.call('ZRANGEBYLEX', P .. 'parked', '[' .. field .. '\t', '(' .. field .. '\n',
      'LIMIT', passed[field] or 0, 1)[1]
    if not member then
      return nil
    end
    local name, stamp, claims, id = string.match(member, '^([^\t]+)\t[^\t]+\t(%l%d+)\t(%d+)\t(.+)$')
    local ticket = name and to_ticket(stamp, tonumber(claims), id, name)
    if ticket and redis.call('ZSCORE', P .. 'scheduled', ticket) == 'inf' then
      return { name = name, stamp = stamp, claims = tonumber(claims), id = id, member = member }
    end
    unpark(field, member)
  end
end

-- → of those behind a key the one of the lowest generation, and its place if it was parked in this very call
local function first_parked(field)
  local first, place = first_in_index(field), nil
  for i, job in ipairs(parked[field] or {}) do
    if not first or tonumber(string.sub(job.stamp, 2)) < tonumber(string.sub(first.stamp, 2)) then
      first, place = job, i
    end
  end
  return first, place
end

-- The first job that is parked behind the key takes it, and goes to the tail of its work queue, or waits for its time.
local function free_key(field, time)
  set_hold(field, false)
  local job, place = first_parked(field)
  if not job then
    return
  end
  if place then
    table.remove(parked[field], place)
  else
    unpark(field, job.member, job)
  end
  local extra = extra_of(job.id)
  set_hold(field, { stamp = job.stamp, id = job.id, hold_until = extra and extra.hold_until or 'finished' })
  local record = parse_record(redis.call('HGET', P .. 'jobs', job.id) or '')
  local due = record and record.execute_at or time
  to_waiting(job.name, to_ticket(job.stamp, job.claims, job.id, job.name), due, time, extra)
end

local function is_holder(hold, id, stamp)
  return hold and hold.id == id and hold.stamp == stamp
end

-- A job has ended, or has started if it holds its key until then. A time to live goes on.
local function release_key(name, id, stamp, extra, time)
  if extra and extra.key and not extra.ttl_ms then
    local field = key_field(name, extra)
    local hold = hold_of(field, time)
    if is_holder(hold, id, stamp) and not hold.ends_at then
      free_key(field, time)
    end
  end
end

-- A job that held its key only until it started comes back. → whether it is parked, as another holds the key
local function retake_key(name, id, stamp, claims, extra, time)
  if not extra or not extra.key or extra.hold_until ~= 'started' then
    return false
  end
  local hold = hold_of(key_field(name, extra), time)
  if not hold then
    take_key(name, id, stamp, extra, time)
  elseif not hold.ends_at and not is_holder(hold, id, stamp) then
    park(name, id, stamp, claims, extra)
    return true
  end
  return false
end

-- A job gets another generation, and keeps what it holds.
local function move_hold(name, id, stamp, new_stamp, extra, time)
  if extra and extra.key then
    local field = key_field(name, extra)
    local hold = hold_of(field, time)
    if is_holder(hold, id, stamp) then
      hold.stamp = new_stamp
      set_hold(field, hold)
    end
  end
end

local function flush_parked()
  for _, entry in ipairs(unparked) do
    local job = entry.job
    redis.call('ZREM', P .. 'parked', entry.member)
    if job then
      redis.call('ZREM', P .. 'scheduled', to_ticket(job.stamp, job.claims, job.id, job.name))
      redis.call('HINCRBY', P .. 'scheduled-counts', job.name, -1)
    end
  end
  for field, jobs in pairs(parked) do
    for _, job in ipairs(jobs) do
      redis.call('ZADD', P .. 'scheduled', '+inf', to_ticket(job.stamp, job.claims, job.id, job.name))
      redis.call('ZADD', P .. 'parked', 0, parked_member(field, job.stamp, job.claims, job.id))
      redis.call('HINCRBY', P .. 'scheduled-counts', job.name, 1)
    end
  end
  parked, unparked, passed = {}, {}, {}
end

flush_holds = function()
  for field in pairs(changed) do
    local hold = holds[field]
    if not hold then
      redis.call('HDEL', P .. 'unique', field)
    end
    if had_end[field] and not (hold and hold.ends_at) then
      redis.call('ZREM', P .. 'unique-ends', field)
    end
    if hold then
      local ends_at = hold.ends_at and whole(hold.ends_at) or ''
      local text = table.concat({ '1', hold.stamp, hold.id, hold.hold_until, ends_at }, '\t') .. (hold.rest or '')
      redis.call('HSET', P .. 'unique', field, text)
      if hold.ends_at then
        redis.call('ZADD', P .. 'unique-ends', ends_at, field)
      end
    end
    had_end[field] = hold and hold.ends_at
  end
  changed = {}
  flush_parked()
end
