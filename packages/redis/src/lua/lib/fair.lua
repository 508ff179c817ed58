-- In which order a claim serves the groups of a name: the lowest finish time first, and of equal ones the lower key. All of
-- it is worked out before the first write. Groups are read page by page, in order; those that get another finish time on the
-- way are kept in a heap beside the pages. Nothing looks at more groups than it serves or sets aside.
-- The rest is behind `do`, as a script may have only so many locals.
local open_fair, group_in_turn, begin_turn, end_turn, count_turn, write_fair, write_fair_times
do
  local MAX_SET_ASIDE, MAX_BACK, GROUP_PAGE = 1000, 1000, 100

  local function is_served_first(a, b)
    return a.finish < b.finish or a.finish == b.finish and is_behind(b.key, a.key)
  end

  local function push_group(heap, group)
    local place = #heap + 1
    while place > 1 and is_served_first(group, heap[math.floor(place / 2)]) do
      heap[place] = heap[math.floor(place / 2)]
      place = math.floor(place / 2)
    end
    heap[place] = group
  end

  -- Takes the first one out.
  local function pop_group(heap)
    local group, size = heap[#heap], #heap - 1
    heap[size + 1] = nil
    local place = 1
    while size > 0 do
      local child = place * 2
      if child < size and is_served_first(heap[child + 1], heap[child]) then
        child = child + 1
      end
      if child > size or not is_served_first(heap[child], group) then
        heap[place] = group
        return
      end
      heap[place] = heap[child]
      place = child
    end
  end

  -- → groups, with what decides whether they may run; `set`: where they are
  local function read_groups(fair, keys, set)
    local name, groups = fair.name, {}
    local weights = read_chunked('HMGET', P .. name .. ':group-weights', keys)
    local running = fair.limits.concurrency and read_chunked('HMGET', P .. name .. ':group-running', keys) or {}
    local buckets = fair.limits.rate and read_chunked('HMGET', P .. name .. ':group-buckets', keys) or {}
    for i, key in ipairs(keys) do
      groups[i] = {
        key = key, set = set, weight = tonumber(weights[i] or 1), running = tonumber(running[i] or 0),
        bucket = parse_bucket(buckets[i]), taken = 0,
      }
    end
    return groups
  end

  local function touch_group(fair, group)
    if not group.is_touched then
      group.is_touched = true
      fair.touched[#fair.touched + 1] = group
    end
  end

  -- Those that were aside and may run now, at most so many at a time.
  local function bring_back(fair, keys, set)
    for _, group in ipairs(read_groups(fair, keys, set)) do
      group.finish = fair.virtual + 1 / group.weight
      touch_group(fair, group)
      push_group(fair.heap, group)
    end
    fair.is_cut = fair.is_cut or #keys == MAX_BACK
  end

  -- `limits`: those of each group. `most`: how many tickets of a group may be read.
  function open_fair(name, limits, time, most)
    local virtual, plain = fair_times(name)
    local fair = {
      name = name, limits = limits, time = time, most = most, virtual = virtual, plain = plain, page = {}, place = 0, rank = 0,
      was_virtual = virtual, was_plain = plain,
      heap = {}, touched = {}, left = MAX_SET_ASIDE, is_at_end = false, is_cut = false,
    }
    local aside = redis.call('ZRANGEBYSCORE', P .. name .. ':groups-aside', '-inf', time, 'LIMIT', 0, MAX_BACK)
    bring_back(fair, aside, ':groups-aside')
    bring_back(fair, redis.call('ZRANGE', P .. name .. ':groups-freed', 0, MAX_BACK - 1), ':groups-freed')
    return fair
  end

  local function read_page(fair, count)
    local members = redis.call('ZRANGE', P .. fair.name .. ':groups', fair.rank, fair.rank + count - 1, 'WITHSCORES')
    local keys = {}
    for i = 1, #members, 2 do
      keys[#keys + 1] = members[i]
    end
    fair.page, fair.place, fair.rank = read_groups(fair, keys, ':groups'), 0, fair.rank + #keys
    for i, group in ipairs(fair.page) do
      group.finish = tonumber(members[i * 2])
    end
    fair.is_at_end = #keys < count
  end

  -- → the group whose turn it is; reads so many at a time
  function group_in_turn(fair, count)
    if not fair.page[fair.place + 1] and not fair.is_at_end then
      read_page(fair, math.min(count, GROUP_PAGE))
    end
    local of_page, of_heap = fair.page[fair.place + 1], fair.heap[1]
    if of_page and of_heap then
      return is_served_first(of_heap, of_page) and of_heap or of_page
    end
    return of_page or of_heap
  end

  local function look_at_bucket(fair, group, rate)
    local bucket = cut_to_size(group.bucket, rate, fair.time)
    group.has_new_bucket = group.has_new_bucket or bucket ~= group.bucket
    group.bucket = bucket
  end

  -- → from when a group at a limit may run, +inf where time alone will not do; nothing for one that may run now
  local function held_until(fair, group)
    local limits = fair.limits
    if limits.concurrency and group.running >= limits.concurrency then
      return math.huge
    elseif has_place(fair.name, group.key) then
      return math.huge
    elseif limits.rate then
      look_at_bucket(fair, group, limits.rate)
      if tokens_of(group.bucket, limits.rate, fair.time) < 1 then
        return fair.time + token_in_ms(group.bucket, limits.rate, fair.time)
      end
    end
  end

  local function open_tickets(fair, group)
    local key = group_tickets(fair.name, group.key)
    return open_source(function(first, count)
      local tickets = redis.call('ZRANGE', key, first, first + count)
      group.has_more = #tickets > count
      tickets[count + 1] = nil
      return tickets
    end, fair.most, read_extras)
  end

  -- Where a group goes when its turn is over: aside, or to its next turn, or out of all sets if it has nothing more.
  function end_turn(fair, group)
    local source = group.source
    if source and source.passed == source.read and not group.has_more then
      group.is_gone = true
      return
    end
    group.aside = held_until(fair, group)
    if not group.aside then
      push_group(fair.heap, group)
    end
  end

  -- Gives the group its turn. → its first job, unless it is at a limit or has none
  function begin_turn(fair, group)
    touch_group(fair, group)
    if group == fair.heap[1] then
      pop_group(fair.heap)
    else
      fair.place = fair.place + 1
    end
    if held_until(fair, group) then
      fair.left = fair.left - 1
      return end_turn(fair, group)
    end
    group.source = group.source or open_tickets(fair, group)
    while fair.left > 0 and has_next(group.source, math.max(1, group.source.read)) do
      local job = pass(group.source)
      if job then
        return job
      end
      fair.left = fair.left - 1
    end
    if not is_finished(group.source) then
      fair.left = 0
    end
    end_turn(fair, group)
  end

  -- The first job of the group was leased.
  function count_turn(fair, group)
    local rate = fair.limits.rate
    fair.virtual = group.finish
    group.finish = fair.virtual + 1 / group.weight
    group.running = group.running + 1
    if rate then
      group.bucket = take_tokens(group.bucket, rate, fair.time, 1)
      group.has_new_bucket = true
    end
  end

  function write_fair(fair)
    local name, gone, back, aside, able, passed = fair.name, {}, {}, {}, {}, 0
    local bucket_keys, buckets = {}, {}
    for _, set in ipairs(GROUP_SETS) do
      back[set] = {}
    end
    for _, group in ipairs(fair.touched) do
      local count = group.source and group.source.passed or 0
      if count > 0 then
        redis.call('ZREMRANGEBYRANK', group_tickets(name, group.key), 0, count - 1)
        passed = passed + count
      end
      if group.is_gone then
        gone[#gone + 1] = group.key
      elseif group.aside then
        add_pair(aside, exact(group.aside), group.key)
      else
        add_pair(able, exact(group.finish), group.key)
      end
      if group.is_gone or group.set ~= (group.aside and ':groups-aside' or ':groups') then
        table.insert(back[group.set], group.key)
      end
      if group.has_new_bucket then
        bucket_keys[#bucket_keys + 1] = group.key
        buckets[group.key] = group.bucket
      end
    end
    for set, keys in pairs(back) do
      call_chunked('ZREM', P .. name .. set, keys)
    end
    call_chunked('HDEL', P .. name .. ':group-weights', gone)
    call_chunked('ZADD', P .. name .. ':groups', able)
    call_chunked('ZADD', P .. name .. ':groups-aside', aside)
    if fair.limits.rate then
      local hash, set = P .. name .. ':group-buckets', P .. name .. ':group-rates'
      write_buckets(hash, set, bucket_keys, buckets)
      forget_full_buckets(hash, set, fair.time, math.max(100, #bucket_keys))
    end
    if passed > 0 then
      count_grouped(name, -passed)
    end
  end

  -- Forgotten with the last group that has ready jobs. A claim that has found all at their limits writes nothing.
  function write_fair_times(name, fair, any_left)
    if not any_left then
      redis.call('HDEL', P .. 'fair', name)
    elseif fair.virtual ~= fair.was_virtual or fair.plain ~= fair.was_plain then
      begin_though_full()
      redis.call('HSET', P .. 'fair', name, exact(fair.virtual) .. '\t' .. (fair.plain and exact(fair.plain) or ''))
    end
  end
end
