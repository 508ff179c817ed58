-- Lua's own conversion turns large numbers to exponents; scores, times and counters are whole numbers here. In two parts, each of
-- which fits an integer of every build of Lua: to format a number with a fraction takes twice as long.
local function whole(number)
  if number >= 1e6 and number < 2e15 then
    return string.format('%d%06d', math.floor(number / 1e6), number % 1e6)
  end
  return string.format('%.0f', number)
end
