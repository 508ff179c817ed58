-- Of a whole number of up to 56 bits, in halves that fit an integer of every build of Lua.
local function to_hex(number)
  local high = math.floor(number / 2 ^ 24)
  return high > 0 and string.format('%x%06x', high, number - high * 2 ^ 24) or string.format('%x', number)
end

local function span_to_hex(ms)
  return (ms < 0 and '-' or '') .. to_hex(math.abs(ms))
end

-- When something is due. `a<ms>`: at this instant. `d<ms>`: so long from now. Empty: now. A delay is rounded up
-- and "now" down, so that nothing is early and what is due now is due.
local function due_at(due, time)
  if due == '' then
    return math.floor(time)
  end
  local kind, ms = string.sub(due, 1, 1), tonumber(string.sub(due, 2))
  if kind == 'a' then
    return ms
  elseif kind == 'd' and ms > 0 then
    return math.ceil(math.ceil(time) + ms)
  end
  return math.floor(time)
end

-- What a record (lib/record.lua) has between stamp and rest. Both times are whole numbers of ms.
local function record_middle(name, due, enqueued_at)
  local waits = due - enqueued_at
  return '\t' .. name .. '\t' .. to_hex(enqueued_at) .. '\t' .. (waits == 0 and '' or span_to_hex(waits))
end
