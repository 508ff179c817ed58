-- audit: one look of a walk through all that is kept.
-- KEYS: 1 jobs
-- ARGV: 1 limit, 2 cursor ('' for the first look)
-- Returns: the next cursor ('' after the last look), how many records and places it looked at, how many suspects
-- there are, how many keys are awaited; then kind, key of each suspect, the awaited keys, and the keys seen.
-- Invariant: writes nothing. What stays where it is while the walk goes on is passed: a queue is walked from its head
-- by how many had ever been pushed, as list does, and HSCAN and ZSCAN see to the rest.
--@include prefix whole numbers chunks ticket record run extras hold limits schedule group-keys order ranks group-pages examine
--@include examine-schedules examine-sides examine-groups

-- In the order of the walk; those in the middle for each name. Jobs come before the queues in which they are awaited.
local PARTS = {
  { 'jobs', 'scheduled', 'scheduled-count' },
  { 'ready', 'ordered', 'groups', 'group-places', 'group-weights', 'active', 'completed', 'dead', 'cancelled', 'void',
    'grouped-count', 'group-running' },
  { 'inboxes', 'runs', 'errors', 'results', 'cancels', 'damaged', 'extras', 'failures', 'progress', 'checkpoints',
    'logged', 'unique', 'expiry', 'parked', 'limits', 'schedules', 'schedule-ids', 'fires' },
}
local limit = tonumber(ARGV[1])
local looked = 0
local suspects, awaited, seen, is_listed = {}, {}, {}, {}

local function suspect(kind, place, name, entry)
  suspects[#suspects + 1] = kind
  suspects[#suspects + 1] = place .. '\t' .. name .. '\t' .. entry
end

local function look_at_record(id, text)
  local kind, job = judge_record(id, text)
  if kind then
    suspect(kind, 'job', '', id)
  end
  local name = job and job.record.name
  if name and is_listed[name] == nil then
    is_listed[name] = redis.call('SISMEMBER', P .. 'names', name) == 1
    if not is_listed[name] then
      suspect('unlisted-name', 'name', name, '')
    end
  end
  if name and job.state == 'ready' then
    awaited[#awaited + 1] = 'ready\t' .. name .. '\t' .. to_ticket(job.record.stamp, job.claims, id, name)
  end
end

local function look_at_entry(place, name, entry)
  local kind, _, is_home = judge_entry(place, name, entry)
  if kind then
    suspect(kind, place, name, entry)
  elseif is_home and place == 'ready' then
    seen[#seen + 1] = 'ready\t' .. name .. '\t' .. entry
  end
end

local function scan(command, key, position, visit)
  local answer = redis.call(command, key, position == '' and '0' or position, 'COUNT', math.max(1, limit - looked))
  for i = 1, #answer[2], 2 do
    visit(answer[2][i], answer[2][i + 1])
  end
  looked = looked + #answer[2] / 2
  return answer[1] ~= '0' and answer[1] or nil
end

-- As in list, a place is counted from the tail.
local function look_at_queue(name, position)
  local key = P .. name .. ':ready'
  local place = redis.call('LLEN', key) - 1
  local pushed = tonumber(redis.call('HGET', P .. 'pushed', name) or 0)
  if position ~= '' then
    place = math.min(place, pushed - tonumber(position) - 1)
  end
  if place < 0 then
    return nil
  end
  local first = math.max(0, place - math.max(1, limit - looked) + 1)
  for _, ticket in ipairs(redis.call('LRANGE', key, first, place)) do
    look_at_entry('ready', name, ticket)
  end
  looked = looked + place - first + 1
  return first > 0 and string.format('%.0f', pushed - first) or nil
end

local function look_at_groups(name, position)
  local left = math.max(1, limit - looked)
  local place = walk_groups(name, position == '' and 'g' or position, left, function(key, ticket)
    local kind = judge_grouped(name, key, ticket)
    looked = looked + 1
    if kind then
      suspect(kind, 'grouped', name, key .. '\t' .. ticket)
    end
  end, function(key)
    local kind = judge_group(name, key)
    if kind then
      suspect(kind, 'group-set', name, key)
    end
  end)
  return place ~= '' and place or nil
end

local function look_at_inbox(inbox)
  local name, worker = string.match(inbox, '^([^\t]+)\t(.+)$')
  if not name then
    return
  end
  for _, ticket in ipairs(redis.call('LRANGE', P .. name .. ':inbox:' .. worker, 0, -1)) do
    look_at_entry('ready', name, ticket)
    looked = looked + 1
  end
end

local function look_at_damaged(position)
  local first = tonumber(position) or 0
  local entries = redis.call('LRANGE', P .. 'damaged', first, first + math.max(1, limit - looked) - 1)
  for i = 1, #entries do
    suspect('unreadable', 'damaged', '', string.format('%.0f', first + i - 1))
  end
  looked = looked + #entries
  return #entries > 0 and string.format('%.0f', first + #entries) or nil
end

-- → where to go on in this part; nothing at its end
local function look(part, name, position)
  if part == 'jobs' then
    return scan('HSCAN', P .. 'jobs', position, look_at_record)
  elseif part == 'ready' then
    return look_at_queue(name, position)
  elseif part == 'inboxes' then
    return scan('ZSCAN', P .. 'inboxes', position, look_at_inbox)
  elseif part == 'damaged' then
    return look_at_damaged(position)
  elseif part == 'void' then
    local kind = judge_void(name)
    if kind then
      suspect(kind, 'void', name, '')
    end
  elseif part == 'groups' then
    return look_at_groups(name, position)
  elseif part == 'grouped-count' then
    if wrong_grouped_count(name) then
      suspect('wrong-count', part, name, '')
    end
  elseif part == 'group-running' then
    for key in pairs(wrong_runs(name)) do
      suspect('wrong-count', part, name, key)
    end
  elseif part == 'group-places' or part == 'group-weights' then
    return scan(part == 'group-places' and 'ZSCAN' or 'HSCAN', key_of(part, name), position, function(entry)
      local kind = judge_of_groups(part, name, entry)
      if kind then
        suspect(kind, part, name, entry)
      end
    end)
  elseif part == 'scheduled-count' then
    for wrong_name in pairs(wrong_scheduled_counts()) do
      suspect('wrong-count', part, wrong_name, '')
    end
  elseif part == 'scheduled' or part == 'ordered' or part == 'active' or IS_FINISHED[part] then
    return scan('ZSCAN', key_of(part, name), position, function(entry)
      look_at_entry(part, name, entry)
    end)
  else
    local command = IS_SET[part] and 'ZSCAN' or 'HSCAN'
    return scan(command, P .. part, position, function(id)
      local kind = judge_side(part, id)
      if kind then
        suspect(kind, part, '', id)
      end
    end)
  end
end

-- A text that sorts as the name's bytes do, whatever the server's locale.
local function order_of(name)
  return (string.gsub(name, '.', function(byte)
    return string.format('%02x', string.byte(byte))
  end))
end

local function names_from(name)
  local from, names, order = order_of(name), {}, {}
  for _, each in ipairs(redis.call('SMEMBERS', P .. 'names')) do
    order[each] = order_of(each)
    if order[each] >= from then
      names[#names + 1] = each
    end
  end
  table.sort(names, function(a, b)
    return order[a] < order[b]
  end)
  return names
end

-- → the next cursor
local function walk(from_group, from_name, from_index, from_position)
  for group = from_group, #PARTS do
    local names = group == 2 and names_from(group == from_group and from_name or '') or { '' }
    for _, name in ipairs(names) do
      local is_here = group == from_group and name == from_name
      for index = is_here and from_index or 1, #PARTS[group] do
        local position = is_here and index == from_index and from_position or ''
        looked = looked + 1
        while position and position ~= 'end' do
          position = look(PARTS[group][index], name, position)
          if looked >= limit then
            return group .. '\t' .. name .. '\t' .. index .. '\t' .. (position or 'end')
          end
        end
      end
    end
  end
  return ''
end

local group, name, index, position = string.match(ARGV[2], '^(%d)\t([^\t]*)\t(%d+)\t(.*)$')
local cursor = walk(tonumber(group or 1), name or '', tonumber(index or 1), position or '')
local reply = { cursor, looked, #suspects / 2, #awaited }
for _, list in ipairs({ suspects, awaited, seen }) do
  for _, text in ipairs(list) do
    reply[#reply + 1] = text
  end
end
return reply
