-- What an audit asks of what is kept beside the records: of a job, or of a unique key.
local function judge_hold(field)
  local text = redis.call('HGET', P .. 'unique', field)
  local hold = text and parse_hold(text)
  if not hold or hold.newer then
    return text and not hold and 'unreadable' or nil
  elseif hold.ends_at then
    -- Pruned by its entry among the ends.
    return not redis.call('ZSCORE', P .. 'unique-ends', field) and 'leftover' or nil
  end
  local job, why = examine(hold.id)
  local is_there = job and job.record.stamp == hold.stamp and not IS_FINISHED[job.state]
  local is_idle = not is_there or hold.hold_until == 'started' and job.state == 'active'
  return why ~= 'newer' and why ~= 'unreadable' and is_idle and 'leftover' or nil
end

-- What may expire has never been claimed, and is over neither.
local function judge_expiry(member)
  local stamp, id = string.match(member, '^(%l%d+)\t(.+)$')
  local job, why = examine(id or '')
  local is_there = job and job.record.stamp == stamp and not IS_FINISHED[job.state] and job.state ~= 'active'
  return why ~= 'newer' and why ~= 'unreadable' and (not is_there or job.claims > 0) and 'leftover' or nil
end

local function judge_parking(member)
  local name, stamp, claims, id = string.match(member, '^([^\t]+)\t[^\t]+\t(%l%d+)\t(%d+)\t(.+)$')
  local ticket = name and to_ticket(stamp, tonumber(claims), id, name)
  return (not ticket or redis.call('ZSCORE', P .. 'scheduled', ticket) ~= 'inf') and 'leftover' or nil
end

local IS_SET = { expiry = true, parked = true, ['schedule-ids'] = true, fires = true }

-- A cancel is asked for of an active job; the other side records have one in any state. → what is wrong with an entry
local function judge_side(place, entry)
  if place == 'unique' then
    return judge_hold(entry)
  elseif place == 'expiry' then
    return judge_expiry(entry)
  elseif place == 'parked' then
    return judge_parking(entry)
  elseif place == 'limits' then
    return not parse_limits(redis.call('HGET', P .. place, entry)) and 'unreadable' or nil
  elseif IS_OF_SCHEDULES[place] then
    return judge_schedule(place, entry)
  end
  local job, why = examine(entry)
  if place == 'cancels' and job then
    return (job.state ~= 'active' or redis.call('HGET', P .. place, entry) ~= job.record.stamp) and 'leftover' or nil
  elseif why == 'absent' then
    return 'leftover'
  end
  local text = place == 'extras' and redis.call('HGET', P .. place, entry)
  return text and not parse_extra(text) and 'unreadable' or nil
end
