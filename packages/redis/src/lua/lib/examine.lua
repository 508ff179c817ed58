-- What an audit asks of one job, place or counter. Both looks ask the same, so that the second confirms the first.
-- A key of a suspect is `place ⇥ name ⇥ entry`.
local MAX_COUNTED = 1000
local MAX_BYTES = 1048576
local IS_FINISHED = { completed = true, dead = true, cancelled = true }

-- → in how many of the sets of groups a group is
local function sets_of(name, key)
  local count = 0
  for _, set in ipairs(GROUP_SETS) do
    count = count + (redis.call('ZSCORE', P .. name .. set, key) and 1 or 0)
  end
  return count
end

local function key_of(place, name)
  return P .. (place == 'scheduled' and '' or name .. ':') .. place
end

-- The job where its records say it is; unlike find(), it never searches for one whose records cannot be read. `text`:
-- its record, if it is at hand. → nothing, and why, if there is none that this release can read
local function examine(id, text)
  text = text or redis.call('HGET', P .. 'jobs', id)
  if not text then
    return nil, 'absent'
  end
  local record, run = parse_record(text), parse_run(redis.call('HGET', P .. 'runs', id))
  if is_newer(text) or run.newer then
    return nil, 'newer'
  elseif run.unread or not record then
    return nil, 'unreadable'
  end
  local job = { record = record, claims = run.claims, state = run.state, extra = extra_of(id) }
  if job.extra and job.extra.newer then
    return nil, 'newer'
  end
  if job.state ~= '' then
    return job
  end
  local name, stamp = record.name, record.stamp
  if redis.call('ZSCORE', P .. 'scheduled', to_ticket(stamp, run.claims, id, name)) then
    job.state = 'scheduled'
  elseif redis.call('ZSCORE', P .. name .. ':active', to_ticket(stamp, run.claims + 1, id, name)) then
    job.state = 'active'
  elseif job.extra and job.extra.group then
    local ticket = to_ticket(stamp, run.claims, id, name)
    job.state = redis.call('ZSCORE', group_tickets(name, job.extra.group), ticket) and 'grouped' or 'ready'
  elseif job.extra and job.extra.priority ~= 0 then
    job.state = 'ordered'
  else
    job.state = 'ready'
  end
  return job
end

-- Whether a parked job will be woken: its key is held, and the index says that it waits for it.
local function will_wake(id, job)
  local name, extra = job.record.name, job.extra
  if not extra or not extra.key then
    return true
  end
  local field = key_field(name, extra)
  return redis.call('HEXISTS', P .. 'unique', field) == 1
    and redis.call('ZSCORE', P .. 'parked', parked_member(field, job.record.stamp, job.claims, id)) and true
end

-- → what is wrong with a record, and its job if it can be read
local function judge_record(id, text)
  local job, why = examine(id, text)
  if job and job.state == 'ordered' then
    local ticket = to_ticket(job.record.stamp, job.claims, id, job.record.name)
    if not redis.call('ZSCORE', key_of('ordered', job.record.name), ticket) then
      return 'lost-job', job
    end
  elseif job and job.state == 'grouped' then
    if sets_of(job.record.name, job.extra.group) == 0 then
      return 'lost-job', job
    end
  elseif job and job.state == 'scheduled' then
    local ticket = to_ticket(job.record.stamp, job.claims, id, job.record.name)
    if redis.call('ZSCORE', P .. 'scheduled', ticket) == 'inf' and not will_wake(id, job) then
      return 'lost-job', job
    end
  elseif job and IS_FINISHED[job.state] then
    local member = job.record.stamp .. '\t' .. id
    if not redis.call('ZSCORE', key_of(job.state, job.record.name), member) then
      return 'lost-job', job
    end
  end
  return why == 'unreadable' and why or nil, job
end

-- → what is wrong with an entry of a place, the id of its job, and whether this is where the job is at home
local function judge_entry(place, name, entry)
  if entry == '' and place == 'ready' then
    -- It is there to wake a waiter, and void.
    return nil
  end
  local stamp, claim, id, of_name = parse_ticket(entry)
  if IS_FINISHED[place] then
    stamp, id = string.match(entry, '^(%l%d+)\t(.+)$')
  elseif place ~= 'scheduled' and of_name ~= name then
    stamp = nil
  end
  if not stamp then
    return 'unreadable'
  end
  local job, why = examine(id)
  if not job and why ~= 'absent' then
    return nil, id
  elseif not job or job.record.stamp .. (place == 'ready' and job.record.mark or '') ~= stamp then
    -- A void ticket is as it should be, and so is a finished job whose id has been used again.
    if place == 'active' then
      return 'lease-without-job', id
    end
    return (place == 'scheduled' or place == 'grouped' or not job and place ~= 'ready') and 'orphan' or nil, id
  end
  local claims = job.claims + (place == 'active' and 1 or 0)
  if job.state ~= place or claim and tonumber(claim) ~= claims then
    return 'two-places', id
  end
  return nil, id, true
end

local inboxes_by_name
local function inboxes_of(name)
  if not inboxes_by_name then
    inboxes_by_name = {}
    for _, inbox in ipairs(redis.call('ZRANGE', P .. 'inboxes', 0, -1)) do
      local of_name, worker = string.match(inbox, '^([^\t]+)\t(.+)$')
      if of_name then
        inboxes_by_name[of_name] = inboxes_by_name[of_name] or {}
        table.insert(inboxes_by_name[of_name], P .. of_name .. ':inbox:' .. worker)
      end
    end
  end
  return inboxes_by_name[name] or {}
end

-- Whether claim would drop the ticket.
local function is_void(ticket, record)
  if ticket == '' then
    return true
  end
  local stamp = parse_ticket(ticket)
  local found = record and stamp_of(record)
  return stamp and (not record or found and found ~= stamp)
end

-- → how many of the tickets in these lists are void; nothing if their records are too large to be read at once
local function count_void(lists)
  local count, bytes = 0, 0
  for _, list in ipairs(lists) do
    local tickets, ids = redis.call('LRANGE', list, 0, -1), {}
    for i, ticket in ipairs(tickets) do
      ids[i] = select(3, parse_ticket(ticket)) or ''
      bytes = bytes + redis.call('HSTRLEN', P .. 'jobs', ids[i])
    end
    if bytes > MAX_BYTES then
      return nil
    end
    for i, record in ipairs(read_chunked('HMGET', P .. 'jobs', ids)) do
      count = count + (is_void(tickets[i], record) and 1 or 0)
    end
  end
  return count
end

-- → what is wrong with the counter of void tickets, what it says, and what there are; of a long queue, or one of
-- large jobs, only what can be told from its length
local function judge_void(name)
  local counted = tonumber(redis.call('HGET', P .. 'void', name) or 0)
  local lists, length = { P .. name .. ':ready' }, 0
  for _, inbox in ipairs(inboxes_of(name)) do
    lists[#lists + 1] = inbox
  end
  for _, list in ipairs(lists) do
    length = length + redis.call('LLEN', list)
  end
  local actual = length <= MAX_COUNTED and count_void(lists)
  if not actual then
    return (counted < 0 or counted > length) and 'wrong-count' or nil, counted, 'at most ' .. length
  end
  if actual > counted then
    return 'orphan', counted, actual
  end
  return actual < counted and 'wrong-count' or nil, counted, actual
end

-- → by name { counted, actual } where the counters of scheduled jobs are wrong; of a large set only the sum, under ''
local function wrong_scheduled_counts()
  local key, total = P .. 'scheduled', redis.call('ZCARD', P .. 'scheduled')
  local pairs_counted, counted, actual = redis.call('HGETALL', P .. 'scheduled-counts'), {}, {}
  for i = 1, #pairs_counted, 2 do
    local name = total > MAX_COUNTED and '' or pairs_counted[i]
    counted[name] = (counted[name] or 0) + tonumber(pairs_counted[i + 1])
  end
  if total > MAX_COUNTED then
    actual[''] = total
  else
    for _, ticket in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      local name = select(4, parse_ticket(ticket))
      if name then
        actual[name] = (actual[name] or 0) + 1
      end
    end
  end
  local wrong = {}
  for _, side in ipairs({ counted, actual }) do
    for name in pairs(side) do
      if (counted[name] or 0) ~= (actual[name] or 0) then
        wrong[name] = { counted[name] or 0, actual[name] or 0 }
      end
    end
  end
  return wrong
end
