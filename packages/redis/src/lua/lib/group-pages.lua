-- Goes through the tickets of all groups of a name, in the order in which they are listed. A place among them is set, finish
-- time or time, and key of the group, place of the ticket, ticket; `g` alone is before the first.
local MAX_GROUPS = 1000

-- → number of the set, score and key of the group, score and ticket; of the first of all only the number
local function parse_group_place(place)
  local index, score, key, ticket_score, ticket = string.match(place, '^g(%d)\t([^\t]+)\t([^\t]+)\t([^\t]+)\t(.*)$')
  return tonumber(index or 1), score, key, ticket_score, ticket
end

-- Visits the tickets behind a place, so many at most, and before them each group. → the place of the last one, '' if nothing
-- is behind it
local function walk_groups(name, from, left, visit, visit_group)
  local first_index, score, key, ticket_score, ticket = parse_group_place(from)
  local groups_left = MAX_GROUPS + left
  for index = first_index, #GROUP_SETS do
    local set, rank, size = P .. name .. GROUP_SETS[index], 0, redis.call('ZCARD', P .. name .. GROUP_SETS[index])
    local is_same = score and redis.call('ZSCORE', set, key) == score
    if is_same then
      rank = redis.call('ZRANK', set, key)
    elseif score then
      rank = rank_behind(set, score, key)
    end
    while rank < size do
      local group = redis.call('ZRANGE', set, rank, rank, 'WITHSCORES')
      local tickets = group_tickets(name, group[1])
      local first = is_same and rank_behind(tickets, ticket_score, ticket) or 0
      local found = redis.call('ZRANGE', tickets, first, first + left - 1, 'WITHSCORES')
      if visit_group then
        visit_group(group[1])
      end
      for i = 1, #found, 2 do
        visit(group[1], found[i])
      end
      left, groups_left, is_same, rank = left - #found / 2, groups_left - 1, false, rank + 1
      if left <= 0 or groups_left <= 0 then
        local is_last = first + #found / 2 >= redis.call('ZCARD', tickets) and rank >= size
        for behind = index + 1, #GROUP_SETS do
          is_last = is_last and redis.call('EXISTS', P .. name .. GROUP_SETS[behind]) == 0
        end
        local place = { 'g' .. index, group[2], group[1], found[#found] or '-inf', found[#found - 1] or '' }
        return is_last and '' or table.concat(place, '\t')
      end
    end
    score, is_same = nil, false
  end
  return ''
end
