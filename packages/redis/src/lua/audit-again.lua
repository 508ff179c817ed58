-- audit, with suspects: which of them are wrong now.
-- KEYS: 1 jobs
-- ARGV: kind, key, … of each suspect
-- Returns: for each that is wrong its number among the suspects (from 0), id, name, what a counter says, what there is.
-- Invariant: writes nothing. A queue is searched at its two ends only: a ticket that the walk has not seen cannot have
-- moved elsewhere, as whatever comes back from a run or a new due time has another ticket, and what a worker gives
-- back unleased stands at the head. A ticket that is twice in a longer queue may be left out, never reported falsely.
--@include prefix whole numbers chunks ticket record run extras hold limits schedule group-keys examine examine-schedules examine-sides
--@include examine-groups

local MAX_SEARCHED = 5000

-- How many times the queue and the inboxes of a name hold this text, as far as they are searched.
local function times_waiting(name, text)
  local times, is_counted = 0, {}
  for _, rank in ipairs({ 1, -1 }) do
    local found = redis.call('LPOS', P .. name .. ':ready', text, 'RANK', rank, 'COUNT', 2, 'MAXLEN', MAX_SEARCHED)
    for _, index in ipairs(found) do
      times = times + (is_counted[index] and 0 or 1)
      is_counted[index] = true
    end
  end
  for _, inbox in ipairs(inboxes_of(name)) do
    times = times + #redis.call('LPOS', inbox, text, 'COUNT', 0)
  end
  return times
end

-- → the id, if so
local function is_wrong_ready(kind, name, ticket)
  local found, id, is_home = judge_entry('ready', name, ticket)
  if kind == 'lost-job' then
    -- The walk passes the queues of listed names only: that it has not seen a ticket of another says nothing.
    local is_passed = redis.call('SISMEMBER', P .. 'names', name) == 1
    local is_searched = redis.call('LLEN', P .. name .. ':ready') <= 2 * MAX_SEARCHED
    return is_home and (is_passed or is_searched) and times_waiting(name, ticket) == 0 and id
  end
  local most = kind == 'two-places' and is_home and 1 or 0
  return (is_home or found == kind) and times_waiting(name, ticket) > most and (id or '')
end

local function has_jobs(name)
  local keys = {}
  for i, place in ipairs({ 'ready', 'ordered', 'groups', 'groups-freed', 'groups-aside', 'active', 'completed', 'dead', 'cancelled' }) do
    keys[i] = key_of(place, name)
  end
  local scheduled = tonumber(redis.call('HGET', P .. 'scheduled-counts', name) or 0)
  return scheduled > 0 or redis.call('EXISTS', unpack(keys)) > 0
end

-- As confirm().
local function confirm_of_groups(kind, place, name, entry)
  if place == 'grouped' then
    local key, ticket = string.match(entry, '^([^\t]+)\t(.+)$')
    if key and redis.call('ZSCORE', group_tickets(name, key), ticket) then
      local found, id = judge_grouped(name, key, ticket)
      return found == kind and (id or ''), name
    end
  elseif place == 'grouped-count' then
    local counted, actual = wrong_grouped_count(name)
    return counted and '', name, counted, actual
  elseif place == 'group-running' then
    local wrong = wrong_runs(name)[entry]
    return wrong and '', name, wrong and wrong[1], wrong and wrong[2]
  else
    local is_there = place == 'group-set' and sets_of(name, entry) > 0
      or place == 'group-places' and redis.call('ZSCORE', key_of(place, name), entry)
      or place == 'group-weights' and redis.call('HEXISTS', key_of(place, name), entry) == 1
    return is_there and judge_of_groups(place, name, entry) == kind and '', name
  end
end

-- → id, name, what a counter says, what there is; nothing if it is not wrong
local function confirm(kind, place, name, entry)
  if string.sub(place, 1, 5) == 'group' then
    return confirm_of_groups(kind, place, name, entry)
  elseif place == 'job' then
    local found, job = judge_record(entry)
    return found == kind and entry, job and job.record.name or ''
  elseif place == 'name' then
    return redis.call('SISMEMBER', P .. 'names', name) == 0 and has_jobs(name) and '', name
  elseif place == 'ready' then
    return is_wrong_ready(kind, name, entry), name
  elseif place == 'void' then
    local found, counted, actual = judge_void(name)
    return found == kind and '', name, counted, actual
  elseif place == 'scheduled-count' then
    local wrong = wrong_scheduled_counts()[name]
    return wrong and '', name, wrong and wrong[1], wrong and wrong[2]
  elseif place == 'damaged' then
    local text = redis.call('LINDEX', P .. place, entry)
    return text and '', '', text
  elseif place == 'scheduled' or place == 'ordered' or place == 'active' or IS_FINISHED[place] then
    local found, id = judge_entry(place, name, entry)
    return found == kind and redis.call('ZSCORE', key_of(place, name), entry) and (id or ''), name
  end
  local is_there = IS_SET[place] and redis.call('ZSCORE', P .. place, entry)
    or not IS_SET[place] and redis.call('HEXISTS', P .. place, entry) == 1
  local is_wrong = is_there and judge_side(place, entry) == kind
  if place == 'limits' then
    return is_wrong and '', entry
  elseif IS_OF_SCHEDULES[place] then
    return is_wrong and '', '', entry
  end
  return is_wrong and entry, ''
end

local reply = {}
for i = 1, #ARGV, 2 do
  local place, name, entry = string.match(ARGV[i + 1], '^([^\t]+)\t([^\t]*)\t(.*)$')
  if place then
    local id, of_name, counted, actual = confirm(ARGV[i], place, name, entry)
    if id then
      for _, field in ipairs({ (i - 1) / 2, id, of_name, tostring(counted or ''), tostring(actual or '') }) do
        reply[#reply + 1] = field
      end
    end
  end
end
return reply
