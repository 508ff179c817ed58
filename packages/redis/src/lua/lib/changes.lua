-- What a script has decided, written by flush_changes() in one go: removals first, so that a full Redis lets the
-- script go on, and variadic commands for whole batches.
local changes

-- lib/unique.lua sets it.
local flush_holds = function() end

local function no_changes()
  changes = {
    gone = {}, uncancelled = {}, unexpiring = {}, records = {}, extras = {}, runs = {}, errors = {}, failures = {},
    results = {}, told = {},
    expiring = {}, finished = {}, cuts = {}, ready = {}, ready_names = {}, ordered = {}, scheduled = {},
    scheduled_names = {},
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

local function to_ordered(name, ticket, priority)
  changes.ordered[name] = changes.ordered[name] or {}
  changes.ordered[name][priority] = changes.ordered[name][priority] or {}
  table.insert(changes.ordered[name][priority], ticket)
end

-- To the tail of its work queue.
local function to_ready(name, ticket, extra)
  if extra and extra.priority ~= 0 then
    return to_ordered(name, ticket, extra.priority)
  end
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
local function to_waiting(name, ticket, due, time, extra)
  if due <= time then
    to_ready(name, ticket, extra)
    return 'ready'
  end
  to_scheduled(name, ticket, due)
  return 'scheduled'
end

-- A job that was never claimed waits to expire, and from then on no more.
local function expire_later(id, stamp, extra)
  if extra and extra.expires_at then
    add_pair(changes.expiring, whole(extra.expires_at), stamp .. '\t' .. id)
  end
end

local function expire_no_more(id, stamp, extra)
  if extra and extra.expires_at then
    changes.unexpiring[#changes.unexpiring + 1] = stamp .. '\t' .. id
  end
end

-- The end of a job: kept so long with its run record, and then with no more than so many others, or gone without a
-- trace. → whether it is kept
local function finish(state, id, stamp, name, retention_ms, run, time, max_count)
  if retention_ms > 0 or state ~= 'completed' then
    changes.told[#changes.told + 1] = id
  end
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
  if max_count then
    changes.cuts[key] = changes.cuts[key] or {}
    table.insert(changes.cuts[key], { last = #changes.finished[key], max = max_count })
  end
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
  for name, by_priority in pairs(changes.ordered) do
    for priority, tickets in pairs(by_priority) do
      add_ordered(name, priority, tickets)
    end
    wake_a_waiter(name)
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
  delete_records(changes.gone)
  call_chunked('HDEL', P .. 'cancels', changes.uncancelled)
  call_chunked('ZREM', P .. 'expiry', changes.unexpiring)
  flush_holds()
  call_chunked('HSET', P .. 'jobs', changes.records)
  call_chunked('HSET', P .. 'extras', changes.extras)
  call_chunked('HSET', P .. 'runs', changes.runs)
  call_chunked('HSET', P .. 'errors', changes.errors)
  call_chunked('HSET', P .. 'failures', changes.failures)
  call_chunked('HSET', P .. 'results', changes.results)
  call_chunked('ZADD', P .. 'expiry', changes.expiring)
  for key, members in pairs(changes.finished) do
    add_kept(key, members, changes.cuts[key])
  end
  flush_scheduled()
  flush_ready()
  -- On a channel of each job: only who waits for its end hears it.
  for _, id in ipairs(changes.told) do
    redis.call('PUBLISH', P .. 'finished\t' .. id, '')
  end
  no_changes()
end
