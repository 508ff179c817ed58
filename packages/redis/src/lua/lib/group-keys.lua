-- The groups of a name that have ready jobs. Each has its tickets in a ZSET of its own, by place: they are removed
-- directly, so none is void but by damage. The group itself is in one of three: `groups`, by finish time, those that may run;
-- `groups-freed` those that were aside when the limits changed, until claims have come to them; `groups-aside` those at a
-- limit, by the time from which they may run, +inf where no time will do it. Listed in this order.
local GROUP_SETS = { ':groups', ':groups-freed', ':groups-aside' }

-- The keys of these sets.
local function group_sets_of(name)
  local keys = {}
  for i, set in ipairs(GROUP_SETS) do
    keys[i] = P .. name .. set
  end
  return keys
end

local function group_tickets(name, key)
  return P .. 'group\t' .. name .. '\t' .. key
end
