-- Lua's own conversion turns large numbers to exponents; scores, times and counters are whole numbers here. `%d` takes no more than
-- an integer of the build of Lua, hence the two parts; `%.0f` takes any, and twice as long.
local function whole(number)
  if number >= 0 and number < 2 ^ 31 then
    return string.format('%d', number)
  elseif number >= 0 and number < 2e15 then
    return string.format('%d%06d', math.floor(number / 1e6), number % 1e6)
  end
  return string.format('%.0f', number)
end
