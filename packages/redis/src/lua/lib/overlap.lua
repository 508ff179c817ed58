-- What becomes of the job of a fire while another of its schedule is going on: the one that holds its unique key. Those
-- that are buffered are parked behind it.
local MAX_BUFFERED = 1000
local is_listed = {}

-- Behind a hold that only time ends nobody would be woken, and one of a later release is left alone.
local function is_skipped(overlap, field, hold)
  if hold.ends_at or hold.newer then
    return true
  elseif overlap == 'bufferOne' then
    return first_parked(field) ~= nil
  elseif overlap == 'bufferAll' then
    return redis.call('ZLEXCOUNT', P .. 'parked', '[' .. field .. '\t', '(' .. field .. '\n') >= MAX_BUFFERED
  end
  return overlap == 'skip'
end

-- Those that are parked come first: none of them takes the key of the one that holds it.
local function cancel_others(field, hold, time)
  local members = redis.call('ZRANGEBYLEX', P .. 'parked', '[' .. field .. '\t', '(' .. field .. '\n', 'LIMIT', 0,
    MAX_BUFFERED)
  for _, member in ipairs(members) do
    local id = string.match(member, '^[^\t]+\t[^\t]+\t%l%d+\t%d+\t(.+)$')
    local job = id and find(id)
    if job and job.is_parked and not job.newer
      and parked_member(field, job.record.stamp, job.run.claims, id) == member then
      end_waiting(job, 'cancelled', time)
    end
  end
  cancel(hold.id, time)
end

-- → the outcome, and the id of the job that it names
local function place(job, overlap, time)
  if redis.call('HEXISTS', P .. 'jobs', job.id) == 1 then
    return 'duplicate', job.id
  end
  local field = overlap ~= 'allowAll' and job.extra and job.extra.key and key_field(job.name, job.extra)
  local hold = field and current_hold(field, time)
  if hold and is_skipped(overlap, field, hold) then
    return 'skipped', hold.id
  end
  if not is_listed[job.name] then
    -- The first write is one that a full Redis refuses: before it nothing is cancelled.
    redis.call('SADD', P .. 'names', job.name)
    is_listed[job.name] = true
  end
  if hold and overlap == 'cancelOther' then
    cancel_others(field, hold, time)
    hold = current_hold(field, time)
  end
  if hold then
    add_job(job, time, park)
    return 'buffered', job.id
  end
  local stamp = add_job(job, time)
  if field then
    take_key(job.name, job.id, stamp, job.extra, time)
  end
  return 'fired', job.id
end
