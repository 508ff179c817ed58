-- A place that jobs are claimed from, read piece by piece from its head. Nothing here writes: what a claim has taken or
-- dropped of a source is its first `passed` tickets. `most`: how many tickets of it may be read. `read_extras`: gives
-- the extras by id, where there are any.
local function open_source(fetch, most, read_extras)
  return {
    fetch = fetch, most = most, read_extras = read_extras, jobs = {}, other = {}, read = 0, passed = 0, void = 0,
    strays = {}, is_at_end = false,
  }
end

-- The head of a list is at its right end.
local function open_list(key, most)
  return open_source(function(first, count)
    local tickets = redis.call('LRANGE', key, -first - count, -first - 1)
    local last = #tickets
    for i = 1, math.floor(last / 2) do
      tickets[i], tickets[last + 1 - i] = tickets[last + 1 - i], tickets[i]
    end
    return tickets
  end, most)
end

-- A job is { stamp, claims, id, name, record, extra }. In the place of a ticket that is void, or there only to wake
-- somebody, or no ticket at all, stands false.
local function read_more(source, count)
  local tickets, ids, jobs, first = source.fetch(source.read, count), {}, source.jobs, source.read
  for i, ticket in ipairs(tickets) do
    local stamp, claims, id, name = parse_ticket(ticket)
    ids[i] = id or ''
    jobs[first + i] = { stamp, claims, id, name, false, false }
  end
  local extras = source.read_extras and source.read_extras(ids)
  for i, record in ipairs(read_chunked('HMGET', P .. 'jobs', ids)) do
    local job = jobs[first + i]
    local stamp = record and stamp_of(record)
    if not record or not job[1] or (stamp and stamp ~= job[1]) then
      jobs[first + i] = false
      source.other[first + i] = (job[1] or tickets[i] == '') and 'void' or tickets[i]
    else
      job[5] = record
      job[6] = extras and extras[ids[i]]
    end
  end
  source.read = first + #tickets
  source.is_at_end = #tickets < count
end

-- → whether there is anything that has not been passed; reads so many at a time
local function has_next(source, count)
  if source.passed == source.read and not source.is_at_end and source.read < source.most then
    read_more(source, math.min(count, source.most - source.read, CHUNK))
  end
  return source.passed < source.read
end

-- → the job that comes next, which is passed by it; nothing where there is none in this place
local function pass(source)
  local place = source.passed + 1
  local job = source.jobs[place]
  source.passed = place
  if job then
    return job
  elseif source.other[place] == 'void' then
    source.void = source.void + 1
  else
    table.insert(source.strays, source.other[place])
  end
end

-- → whether there is a job that has not been passed; what stands before it is
local function has_job(source, count)
  while has_next(source, count) do
    if source.jobs[source.passed + 1] then
      return true
    end
    pass(source)
  end
  return false
end

local function is_finished(source)
  return source.is_at_end and source.passed == source.read
end
