-- Whose turn it is among the priorities of a name. Every 16th turn goes to the next priority above that of the last
-- such turn, so that none starves. The state is how many turns were counted, and the priority of the last such.
local TURN = 16
local MIN_PRIORITY = -1000

local function read_turns(name)
  local count, last = string.match(redis.call('HGET', P .. 'turns', name) or '', '^(%d+)\t(-?%d*)$')
  return { count = tonumber(count or 0), last = tonumber(last or '') }
end

local function write_turns(name, turns)
  redis.call('HSET', P .. 'turns', name, turns.count % TURN .. '\t' .. (turns.last or ''))
end

-- `most`: how many tickets of each priority may be read. Nothing is left of those below `lowest`.
local function open_bands(name, most)
  return { key = P .. name .. ':ordered', most = most, sources = {}, tickets = {}, lowest = MIN_PRIORITY, is_cut = false }
end

local function open_band(bands, priority)
  local from, to = first_score_of(priority), '(' .. first_score_of(priority + 1)
  bands.tickets[priority] = {}
  bands.sources[priority] = open_source(function(first, count)
    local tickets = redis.call('ZRANGEBYSCORE', bands.key, from, to, 'LIMIT', first, count)
    for _, ticket in ipairs(tickets) do
      table.insert(bands.tickets[priority], ticket)
    end
    return tickets
  end, bands.most, read_extras)
end

-- → the lowest priority from this one on of which there are jobs, 0 left aside
local function next_band(bands, priority, count)
  while true do
    local source = bands.sources[priority]
    if source and has_job(source, count) then
      return priority
    elseif source then
      bands.is_cut = bands.is_cut or not is_finished(source)
      priority = priority + 1
    end
    local found = redis.call('ZRANGEBYSCORE', bands.key, first_score_of(priority), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if not found[1] then
      return nil
    end
    priority = priority_of(found[2])
    if not bands.sources[priority] then
      open_band(bands, priority)
    end
  end
end

-- → the lowest priority from this one on, 0 included if there is any such job
local function next_priority(bands, priority, has_plain, count)
  local band = next_band(bands, math.max(priority, bands.lowest), count)
  if has_plain and priority <= 0 and (not band or band > 0) then
    return 0
  end
  return band
end

-- Counts a turn. → the priority whose turn it is
local function take_turn(turns, bands, has_plain, count)
  local lowest = next_priority(bands, MIN_PRIORITY, has_plain, count)
  turns.count = turns.count + 1
  if turns.count % TURN ~= 0 then
    return lowest
  end
  -- One at a time: of most priorities no more than one is taken.
  turns.last = turns.last and next_priority(bands, turns.last + 1, has_plain, 1) or lowest
  return turns.last
end

-- Takes what was passed out of the places of the priorities.
local function remove_passed(name, bands)
  local tickets = {}
  for priority, source in pairs(bands.sources) do
    for i = 1, source.passed do
      tickets[#tickets + 1] = bands.tickets[priority][i]
    end
  end
  remove_ordered(name, tickets)
end
