-- list: one page of the jobs of a name in a state, earliest first.
-- KEYS: 1 jobs
-- ARGV: 1 name, 2 state, 3 limit, 4 cursor ('' for the first page)
-- Returns: the next cursor ('' on the last page), then id and what show() gives, … for each job.
-- Invariant: writes nothing, and looks at a bounded number of places. A cursor is the place of the last one seen:
-- score and member in a set; in the queue, how many had ever been pushed when it was, which does not change when
-- others come or go; among groups their place and that of the ticket. Parked jobs have the score inf.
--@include prefix whole numbers chunks ticket record run extras ordered find order ranks group-keys group-pages

local MAX_SCAN = 1000
local name, state, limit, cursor = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local reply = { '' }

local function add(id)
  local job = find(id)
  if job and job.state == state and (not job.record or job.record.name == name) then
    reply[#reply + 1] = id
    local fields = { show(job) }
    for i = 1, 10 do
      reply[#reply + 1] = fields[i]
    end
  end
end

-- The members behind the cursor, or behind the lowest score, up to the highest. → how many places of the page are left
local function page_of_set(key, id_of, lowest, highest)
  local score, member = string.match(cursor, '^([^\t]+)\t(.*)$')
  local first = rank_behind(key, score or lowest, member or '')
  local last_rank = redis.call('ZCOUNT', key, '-inf', highest) - 1
  local members = redis.call('ZRANGE', key, first, math.min(last_rank, first + math.max(limit, MAX_SCAN) - 1), 'WITHSCORES')
  if last_rank < first then
    members = {}
  end
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
  if last > 0 and first + (last - 1) / 2 < last_rank then
    reply[1] = members[last + 1] .. '\t' .. members[last]
    return 0
  end
  return limit - found
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
-- → how many places of the page are left
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
    return room
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
  return room - (place - first + 1)
end

-- The queue, between the jobs of lower and of higher priorities; their scores are below and above 0.
local BEHIND_LOWER, BEFORE_HIGHER = '-0.5\t-', '0\t-'
local function page_of_ready()
  local key = P .. name .. ':ordered'
  local any_ordered = redis.call('EXISTS', key) == 1
  local score = tonumber(string.match(cursor, '^([^\t]+)\t') or '')
  if any_ordered and (cursor == '' or score and score < 0) then
    limit = page_of_set(key, id_of_ticket, '-inf', '(0')
    if reply[1] == '' and limit == 0 then
      reply[1] = BEHIND_LOWER
    end
  end
  if reply[1] == '' and not (score and score >= 0) then
    cursor = score and '' or cursor
    limit = page_of_queue()
    if reply[1] == '' and limit <= 0 and any_ordered then
      reply[1] = BEFORE_HIGHER
    end
    cursor = ''
  end
  if reply[1] == '' and any_ordered then
    limit = page_of_set(key, id_of_ticket, '0', '+inf')
  end
end

-- Those of groups come behind all others.
local function page_of_groups(from)
  if limit > 0 then
    reply[1] = walk_groups(name, from, limit, function(_, ticket)
      add_if_valid(ticket)
    end)
  else
    reply[1] = redis.call('EXISTS', unpack(group_sets_of(name))) > 0 and 'g' or ''
  end
end

if state == 'ready' and string.sub(cursor, 1, 1) == 'g' then
  page_of_groups(cursor)
elseif state == 'ready' then
  page_of_ready()
  if reply[1] == '' then
    page_of_groups('g')
  end
elseif state == 'scheduled' then
  page_of_set(P .. 'scheduled', id_of_ticket, '-inf', '+inf')
elseif state == 'active' then
  page_of_set(P .. name .. ':active', id_of_ticket, '-inf', '+inf')
else
  page_of_set(P .. name .. ':' .. state, id_of_finished, '-inf', '+inf')
end
return reply
