-- What becomes of groups. Of one whose jobs run, their number is kept; of ordered ones, the jobs that come back to their
-- place. Whoever waits is woken as for ordered jobs. What is not used elsewhere is behind `do`, as a script may have only so
-- many locals.
local exact, fair_times, count_grouped, remove_grouped, count_runs
local has_place, keeps_place, keep_place, give_up_place, end_group_run
do
  -- A finish time, or a time, to the last bit.
  function exact(number)
    return string.format('%.17g', number)
  end

  -- → virtual time of a name, and the finish time of its jobs without a group, if they have one
  function fair_times(name)
    local virtual, plain = string.match(redis.call('HGET', P .. 'fair', name) or '', '^([^\t]+)\t(.*)$')
    return tonumber(virtual or 0), tonumber(plain or '')
  end

  function count_grouped(name, count)
    if redis.call('HINCRBY', P .. 'grouped', name, count) <= 0 then
      redis.call('HDEL', P .. 'grouped', name)
    end
  end

  -- Tickets of a group have gone: without any, it is in none of the sets.
  local function forget_if_empty(name, key)
    if redis.call('EXISTS', group_tickets(name, key)) == 0 then
      for _, set in ipairs(GROUP_SETS) do
        redis.call('ZREM', P .. name .. set, key)
      end
      redis.call('HDEL', P .. name .. ':group-weights', key)
    end
  end

  -- → whether the ticket was among those of its group: a release that knows of no groups puts it into the list
  function remove_grouped(name, extra, ticket)
    if not (extra and extra.group) or redis.call('ZREM', group_tickets(name, extra.group), ticket) == 0 then
      return false
    end
    count_grouped(name, -1)
    forget_if_empty(name, extra.group)
    return true
  end

  -- Whether a job that is scheduled keeps a place in its group.
  function keeps_place(name, id, extra)
    return extra and extra.group and redis.call('ZSCORE', P .. name .. ':group-places', extra.group .. '\t' .. id) and true
  end

  -- What happens to groups, in the order in which it does, until flush_groups().
  local function note_group(name, key, event)
    event.name, event.key = name, key
    changes.grouped[#changes.grouped + 1] = event
  end

  to_group = function(name, ticket, extra, to_head)
    note_group(name, extra.group, { ticket = ticket, weight = tonumber(extra.weight) or 1, to_head = to_head })
  end

  -- A lease has ended.
  function end_group_run(name, extra)
    if extra and extra.group then
      note_group(name, extra.group, { has_ended = true })
    end
  end

  function keep_place(name, id, extra)
    note_group(name, extra.group, { keeps = id })
  end

  function give_up_place(name, id, extra)
    note_group(name, extra.group, { gives_up = id })
  end

  local function open_group(of_name, key)
    local group = of_name.groups[key]
    if not group then
      local last = redis.call('ZREVRANGE', group_tickets(of_name.name, key), 0, 0, 'WITHSCORES')
      group = { key = key, last = tonumber(last[2] or ''), added = {} }
      of_name.groups[key] = group
      of_name.keys[#of_name.keys + 1] = key
    end
    return group
  end

  local function weight_of(of_name, group)
    return group.weight or tonumber(redis.call('HGET', P .. of_name.name .. ':group-weights', group.key) or 1)
  end

  local function make_able(of_name, group)
    of_name.virtual = of_name.virtual or fair_times(of_name.name)
    group.finish = of_name.virtual + 1 / weight_of(of_name, group)
  end

  local function add_grouped(of_name, group, event)
    group.weight = event.weight
    if not group.last then
      group.first, group.last = 0, 0
      make_able(of_name, group)
    elseif event.to_head then
      group.first = group.first or tonumber(redis.call('ZRANGE', group_tickets(of_name.name, group.key), 0, 0, 'WITHSCORES')[2])
      group.first = group.first - 1
    else
      group.last = group.last + 1
    end
    add_pair(group.added, whole(event.to_head and group.first or group.last), event.ticket)
  end

  -- Whether it waits for one of its jobs that comes back to its place.
  function has_place(name, key)
    return limits_of(name).group.ordered and #redis.call('ZRANGEBYLEX', P .. name .. ':group-places', '[' .. key .. '\t', '(' .. key .. '\n', 'LIMIT', 0, 1) > 0
  end

  -- A slot or a place in it is free: a group that no time would have brought back may run again, unless it keeps a place.
  local function free_group(of_name, group)
    local name, key = of_name.name, group.key
    local is_aside = group.last and not group.finish and redis.call('ZSCORE', P .. name .. ':groups-aside', key) == 'inf'
    if is_aside and not has_place(name, key) then
      of_name.back[#of_name.back + 1] = key
      make_able(of_name, group)
    end
  end

  local function apply_to_group(of_name, group, event)
    local places = P .. of_name.name .. ':group-places'
    if event.ticket then
      return add_grouped(of_name, group, event)
    elseif event.keeps then
      return redis.call('ZADD', places, 0, event.key .. '\t' .. event.keeps)
    elseif event.gives_up then
      redis.call('ZREM', places, event.key .. '\t' .. event.gives_up)
    else
      group.ended = (group.ended or 0) + 1
    end
    free_group(of_name, group)
  end

  -- Counts leases in and out, by key.
  function count_runs(name, keys, change_of)
    local runs, left, none = P .. name .. ':group-running', {}, {}
    for i, count in ipairs(read_chunked('HMGET', runs, keys)) do
      local now_running = (tonumber(count) or 0) + change_of(keys[i])
      if now_running > 0 then
        add_pair(left, keys[i], whole(now_running))
      else
        none[#none + 1] = keys[i]
      end
    end
    call_chunked('HDEL', runs, none)
    call_chunked('HSET', runs, left)
  end

  local function write_groups(of_name)
    local name, ended, weighty, plain, able, added = of_name.name, {}, {}, {}, {}, 0
    for _, key in ipairs(of_name.keys) do
      local group = of_name.groups[key]
      if group.ended then
        ended[#ended + 1] = key
      end
      if group.weight and group.weight ~= 1 then
        add_pair(weighty, key, exact(group.weight))
      elseif group.weight then
        plain[#plain + 1] = key
      end
      if group.finish then
        add_pair(able, exact(group.finish), key)
      end
      added = added + #group.added / 2
      call_chunked('ZADD', group_tickets(name, key), group.added)
    end
    count_runs(name, ended, function(key)
      return -of_name.groups[key].ended
    end)
    call_chunked('HDEL', P .. name .. ':group-weights', plain)
    call_chunked('HSET', P .. name .. ':group-weights', weighty)
    call_chunked('ZREM', P .. name .. ':groups-aside', of_name.back)
    call_chunked('ZADD', P .. name .. ':groups', able)
    if added > 0 then
      redis.call('HINCRBY', P .. 'grouped', name, added)
    end
    if #able > 0 then
      wake_a_waiter(name)
    end
  end

  flush_groups = function()
    local by_name, names = {}, {}
    for _, event in ipairs(changes.grouped) do
      local of_name = by_name[event.name]
      if not of_name then
        of_name = { name = event.name, groups = {}, keys = {}, back = {} }
        by_name[event.name] = of_name
        names[#names + 1] = of_name
      end
      apply_to_group(of_name, open_group(of_name, event.key), event)
    end
    for _, of_name in ipairs(names) do
      write_groups(of_name)
    end
  end
end
