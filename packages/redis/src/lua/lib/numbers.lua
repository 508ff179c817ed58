-- Lua's own conversion turns large numbers to exponents; scores, times and counters are whole numbers here.
local function whole(number)
  return string.format('%.0f', number)
end

-- When something is due. `a<ms>`: at this instant. `d<ms>`: so long from now. Empty: now. A delay is rounded up
-- and "now" down, so that nothing is early and what is due now is due.
local function due_at(due, time)
  local kind, ms = string.sub(due, 1, 1), tonumber(string.sub(due, 2))
  if kind == 'a' then
    return ms
  elseif kind == 'd' and ms > 0 then
    return math.ceil(math.ceil(time) + ms)
  end
  return math.floor(time)
end
