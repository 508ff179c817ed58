-- What an audit asks of the groups of a name.
-- → what is wrong with a group that is in one of the sets
local function judge_group(name, key)
  if redis.call('EXISTS', group_tickets(name, key)) == 0 then
    return 'leftover'
  end
  return sets_of(name, key) > 1 and 'two-places' or nil
end

-- → what is wrong with a ticket of a group, and the id of its job
local function judge_grouped(name, key, ticket)
  local kind, id, is_home = judge_entry('grouped', name, ticket)
  if is_home and extra_of(id).group ~= key then
    kind = 'two-places'
  end
  return kind, id
end

-- A job that keeps its place is scheduled, and comes back from a run.
local function judge_place(entry)
  local key, id = string.match(entry, '^([^\t]+)\t(.+)$')
  local job, why = examine(id or '')
  local is_there = job and job.state == 'scheduled' and job.claims > 0 and job.extra and job.extra.group == key
  return why ~= 'newer' and why ~= 'unreadable' and not is_there and 'leftover' or nil
end

-- → what is wrong with an entry of a place that a name has for its groups
local function judge_of_groups(place, name, entry)
  if place == 'group-set' then
    return judge_group(name, entry)
  elseif place == 'group-places' then
    return judge_place(entry)
  end
  return redis.call('EXISTS', group_tickets(name, entry)) == 0 and 'leftover' or nil
end

-- → what the counter of ready jobs says, and what there are; nothing if it is right, or there are too many groups
local function wrong_grouped_count(name)
  local actual = 0
  for _, set in ipairs(GROUP_SETS) do
    if redis.call('ZCARD', P .. name .. set) > MAX_COUNTED then
      return nil
    end
    for _, key in ipairs(redis.call('ZRANGE', P .. name .. set, 0, -1)) do
      actual = actual + redis.call('ZCARD', group_tickets(name, key))
    end
  end
  local counted = tonumber(redis.call('HGET', P .. 'grouped', name) or 0)
  if counted ~= actual then
    return counted, actual
  end
end

-- → by key { counted, actual } of groups whose number of running jobs is wrong, unless there are too many
local function wrong_runs(name)
  local runs, active = P .. name .. ':group-running', P .. name .. ':active'
  if redis.call('HLEN', runs) > MAX_COUNTED or redis.call('ZCARD', active) > MAX_COUNTED then
    return {}
  end
  local counts, ids = {}, {}
  local counted = redis.call('HGETALL', runs)
  for i = 1, #counted, 2 do
    counts[counted[i]] = { tonumber(counted[i + 1]) or 0, 0 }
  end
  for i, ticket in ipairs(redis.call('ZRANGE', active, 0, -1)) do
    ids[i] = select(3, parse_ticket(ticket)) or ''
  end
  for _, text in ipairs(read_chunked('HMGET', P .. 'extras', ids)) do
    local extra = parse_extra(text)
    if extra and extra.group then
      local count = counts[extra.group] or { 0, 0 }
      counts[extra.group] = count
      count[2] = count[2] + 1
    end
  end
  local wrong = {}
  for key, count in pairs(counts) do
    if count[1] ~= count[2] then
      wrong[key] = count
    end
  end
  return wrong
end
