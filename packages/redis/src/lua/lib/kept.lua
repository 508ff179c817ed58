-- Finished jobs that are kept, and that have had their time or are too many.
local MAX_DROPPED = 100
-- How many more this call may drop.
local droppable = 2000

-- → those of the members whose records are still those of the finished job: the id may have been used again
local function finished_ids(state, members)
  local ids = {}
  for _, member in ipairs(members) do
    local stamp, id = string.match(member, '^(%l%d+)\t(.+)$')
    local text = id and redis.call('HGET', P .. 'jobs', id)
    local found = text and stamp_of(text)
    local run = id and parse_run(redis.call('HGET', P .. 'runs', id))
    if text and not is_newer(text) and run.state == state and (not found or found == stamp or found == stamp .. '-') then
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- Those whose retention ends first go.
local function drop_excess(key, state, excess)
  excess = math.min(excess, droppable)
  if excess > 0 then
    droppable = droppable - excess
    local members = redis.call('ZRANGE', key, 0, excess - 1)
    delete_records(finished_ids(state, members))
    call_chunked('ZREM', key, members)
  end
end

local function add_members(key, members, first, last)
  for from = first, last, CHUNK do
    redis.call('ZADD', key, unpack(members, from, math.min(from + CHUNK - 1, last)))
  end
end

-- Adds finished jobs in the order of their ends, with a cut after each that bounds how many are kept. Cuts that
-- follow one another to the same number are one, unless the first leaves some of what it should remove.
local function add_kept(key, members, cuts)
  local state, added, i = string.match(key, ':(%l+)$'), 0, 1
  while cuts and cuts[i] do
    local last, max = cuts[i].last, cuts[i].max
    local excess = redis.call('ZCARD', key) + (last - added) / 2 - max
    if excess <= MAX_DROPPED then
      while cuts[i + 1] and cuts[i + 1].max == max and cuts[i + 1].last == last + 2 do
        i, last, excess = i + 1, last + 2, excess + 1
      end
    else
      excess = MAX_DROPPED
    end
    add_members(key, members, added + 1, last)
    drop_excess(key, state, excess)
    added, i = last, i + 1
  end
  add_members(key, members, added + 1, #members)
end
