-- As Redis orders members. Lua's own order depends on the locale.
local function is_behind(a, b)
  for i = 1, math.min(#a, #b) do
    local difference = string.byte(a, i) - string.byte(b, i)
    if difference ~= 0 then
      return difference > 0
    end
  end
  return #a > #b
end
