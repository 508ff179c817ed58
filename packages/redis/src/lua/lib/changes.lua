-- What a script has decided, written by flush_changes() in one go: removals first, so that a full Redis lets the
-- script go on, and variadic commands for whole batches.
-- Each list is made when it is first asked for.
local changes

-- lib/unique.lua and lib/groups.lua set them.
local flush_holds, flush_groups = function() end, nil

local made_when_asked_for = {
  __index = function(lists, what)
    lists[what] = {}
    return lists[what]
  end,
}

local function no_changes()
  changes = setmetatable({}, made_when_asked_for)
end
no_changes()

local function leave_no_trace(id)
  changes.gone[#changes.gone + 1] = id
end

to_ordered = function(name, ticket, priority)
  local by_priority = changes.ordered[name] or {}
  changes.ordered[name] = by_priority
  by_priority[priority] = by_priority[priority] or {}
  table.insert(by_priority[priority], ticket)
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

local function flush_ordered()
  for name, by_priority in pairs(changes.ordered) do
    for priority, tickets in pairs(by_priority) do
      add_ordered(name, priority, tickets)
    end
    wake_a_waiter(name)
  end
end

local WRITTEN_HASHES, NOTHING = { 'jobs', 'extras', 'runs', 'errors', 'failures', 'results' }, {}

local function flush_changes()
  delete_records(changes.gone)
  call_chunked('HDEL', P .. 'cancels', changes.uncancelled)
  call_chunked('ZREM', P .. 'expiry', changes.unexpiring)
  flush_holds()
  for _, hash in ipairs(WRITTEN_HASHES) do
    call_chunked('HSET', P .. hash, rawget(changes, hash) or NOTHING)
  end
  call_chunked('ZADD', P .. 'expiry', changes.expiring)
  for key, members in pairs(changes.finished) do
    add_kept(key, members, changes.cuts[key])
  end
  flush_queues()
  flush_ordered()
  if rawget(changes, 'grouped') then
    flush_groups()
  end
  -- On a channel of each job: only who waits for its end hears it.
  for _, id in ipairs(changes.told) do
    redis.call('PUBLISH', P .. 'finished\t' .. id, '')
  end
  no_changes()
end
