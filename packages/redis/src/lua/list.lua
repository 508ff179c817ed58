-- list: one page of the jobs of a name in a state, earliest first.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 state, 3 limit, 4 cursor ('' for the first page)
-- Returns: the next cursor ('' on the last page), then id and what show() gives, … for each job.
-- Invariant: writes nothing, and looks at a bounded number of places. A cursor is the place of the last one seen:
-- score and member in a set; in the queue, how many had ever been pushed when it was, which does not change when
-- others come or go.
--@include prefix chunks ticket record run find

local MAX_SCAN = 1000
local name, state, limit, cursor = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local reply = { '' }

local function add(id)
  local job = find(id)
  if job and job.state == state and (not job.record or job.record.name == name) then
    reply[#reply + 1] = id
    for _, field in ipairs({ show(job) }) do
      reply[#reply + 1] = field
    end
  end
end

-- As Redis orders members. Lua's own order depends on the locale.
local function is_behind(a, b)
  for i = 1, math.min(#a, #b) do
    local difference = string.byte(a, i) - string.byte(b, i)
    if difference ~= 0 then
      return difference > 0
    end
  end
  return #a > #b
end

-- The rank of the first member behind the cursor, by bisection among those of the same score.
local function rank_behind(key, score, member)
  local low = redis.call('ZCOUNT', key, '-inf', '(' .. score)
  local high = redis.call('ZCOUNT', key, '-inf', score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_behind(redis.call('ZRANGE', key, middle, middle)[1], member) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local function page_of_set(key, id_of)
  local first = 0
  if cursor ~= '' then
    local score, member = string.match(cursor, '^([^\t]+)\t(.+)$')
    first = rank_behind(key, score, member)
  end
  local members = redis.call('ZRANGE', key, first, first + math.max(limit, MAX_SCAN) - 1, 'WITHSCORES')
  local found, last = 0, 0
  for i = 1, #members, 2 do
    local id = id_of(members[i])
    if found == limit then
      break
    end
    if id then
      add(id)
      found = found + 1
    end
    last = i
  end
  if last > 0 and first + (last + 1) / 2 < redis.call('ZCARD', key) then
    reply[1] = members[last + 1] .. '\t' .. members[last]
  end
end

local function id_of_ticket(ticket)
  local _, _, id, of_name = parse_ticket(ticket)
  return of_name == name and id
end

local function id_of_finished(member)
  return string.match(member, '^%l%d+\t(.+)$')
end

local function add_if_valid(ticket)
  local stamp, _, id = parse_ticket(ticket)
  local text = id and redis.call('HGET', P .. 'jobs', id)
  local found = text and stamp_of(text)
  if text and (not found or found == stamp) then
    add(id)
  end
end

-- What was popped and not leased stands before the head. → how many places of the page it takes
local function add_inboxes()
  local shown = 0
  for _, inbox in ipairs(redis.call('ZRANGE', P .. 'inboxes', 0, -1)) do
    local of_name, worker = string.match(inbox, '^([^\t]+)\t(.+)$')
    if of_name == name and shown < limit then
      local tickets = redis.call('LRANGE', P .. name .. ':inbox:' .. worker, shown - limit, -1)
      for i = #tickets, 1, -1 do
        add_if_valid(tickets[i])
      end
      shown = shown + #tickets
    end
  end
  return shown
end

-- The queue's head is at the right end of the list; a place is counted from the left end, where jobs are pushed.
local function page_of_queue()
  local key = P .. name .. ':ready'
  local place = redis.call('LLEN', key) - 1
  local pushed = tonumber(redis.call('HGET', P .. 'pushed', name) or 0)
  local room = limit
  if cursor == '' then
    room = limit - add_inboxes()
  else
    place = math.min(place, pushed - tonumber(cursor) - 1)
  end
  if place < 0 then
    return
  end
  local first = math.max(0, place - room + 1)
  if room > 0 then
    local tickets = redis.call('LRANGE', key, first, place)
    for i = #tickets, 1, -1 do
      add_if_valid(tickets[i])
    end
  end
  if first > 0 then
    reply[1] = string.format('%.0f', pushed - first)
  end
end

if state == 'ready' then
  page_of_queue()
elseif state == 'scheduled' then
  page_of_set(P .. 'scheduled', id_of_ticket)
elseif state == 'active' then
  page_of_set(P .. name .. ':active', id_of_ticket)
else
  page_of_set(P .. name .. ':' .. state, id_of_finished)
end
return reply
