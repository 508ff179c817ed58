-- What a script has decided, written by flush_changes() in one go: removals first, so that a full Redis lets the
-- script go on, and variadic commands for whole batches.
local changes

local function no_changes()
  changes = {
    gone = {}, uncancelled = {}, records = {}, runs = {}, errors = {}, results = {},
    finished = {}, ready = {}, ready_names = {}, scheduled = {}, scheduled_names = {},
  }
end
no_changes()

local function add_pair(list, key, value)
  list[#list + 1] = key
  list[#list + 1] = value
end

local function leave_no_trace(id)
  changes.gone[#changes.gone + 1] = id
end

-- To the tail of its work queue.
local function to_ready(name, ticket)
  local tickets = changes.ready[name]
  if not tickets then
    tickets = {}
    changes.ready[name] = tickets
    changes.ready_names[#changes.ready_names + 1] = name
  end
  tickets[#tickets + 1] = ticket
end

local function to_scheduled(name, ticket, due)
  add_pair(changes.scheduled, whole(due), ticket)
  changes.scheduled_names[name] = (changes.scheduled_names[name] or 0) + 1
end

-- To its queue if its time has come, else to the scheduled set. → the state
local function to_waiting(name, ticket, due, time)
  if due <= time then
    to_ready(name, ticket)
    return 'ready'
  end
  to_scheduled(name, ticket, due)
  return 'scheduled'
end

-- The end of a job: kept so long with its run record, or gone without a trace. → whether it is kept
local function finish(state, id, stamp, name, retention_ms, run, time)
  if retention_ms <= 0 then
    leave_no_trace(id)
    return false
  end
  run.state = state
  run.finished_at = whole(math.floor(time))
  add_pair(changes.runs, id, format_run(run))
  local key = P .. name .. ':' .. state
  changes.finished[key] = changes.finished[key] or {}
  add_pair(changes.finished[key], whole(math.floor(time) + retention_ms), stamp .. '\t' .. id)
  return true
end

local function flush_ready()
  for _, name in ipairs(changes.ready_names) do
    local tickets = changes.ready[name]
    local key = P .. name .. ':ready'
    local was_empty = redis.call('EXISTS', key) == 0
    call_chunked('LPUSH', key, tickets)
    -- How many were ever pushed tells a reader of pages where a job now stands, counted from the tail.
    redis.call('HINCRBY', P .. 'pushed', name, #tickets)
    if was_empty then
      redis.call('PUBLISH', key, '')
    end
  end
end

local function flush_scheduled()
  local pairs_added = changes.scheduled
  if #pairs_added == 0 then
    return
  end
  local key = P .. 'scheduled'
  call_chunked('ZADD', key, pairs_added)
  for name, count in pairs(changes.scheduled_names) do
    redis.call('HINCRBY', P .. 'scheduled-counts', name, count)
  end
  local head = redis.call('ZRANGE', key, 0, 0)[1]
  for i = 2, #pairs_added, 2 do
    if pairs_added[i] == head then
      redis.call('PUBLISH', P .. 'hints', 'due')
      break
    end
  end
end

local function flush_changes()
  for _, hash in ipairs({ 'jobs', 'runs', 'errors', 'results' }) do
    call_chunked('HDEL', P .. hash, changes.gone)
  end
  call_chunked('HDEL', P .. 'cancels', changes.uncancelled)
  call_chunked('HSET', P .. 'jobs', changes.records)
  call_chunked('HSET', P .. 'runs', changes.runs)
  call_chunked('HSET', P .. 'errors', changes.errors)
  call_chunked('HSET', P .. 'results', changes.results)
  for key, members in pairs(changes.finished) do
    call_chunked('ZADD', key, members)
  end
  flush_scheduled()
  flush_ready()
  no_changes()
end
