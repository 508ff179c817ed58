-- The last failed attempts of a job in one text, the latest first: version, then for each `attempt time length`, a line
-- break, and the error.
local KEPT_FAILURES = 10

-- → attempt, time, error of each
local function parse_failures(text)
  local failures, at = {}, 3
  if not text or string.sub(text, 1, 2) ~= '1\n' then
    return failures
  end
  while at <= #text do
    local attempt, time, length, rest = string.match(text, '^(%d+) (%d+) (%d+)\n()', at)
    if not attempt then
      return failures
    end
    failures[#failures + 1] = { attempt, time, string.sub(text, rest, rest + length - 1) }
    at = rest + length
  end
  return failures
end

-- What a later release has written stays as it is.
local function add_failure(text, attempt, time, err)
  if tonumber(string.match(text or '', '^(%d+)\n') or 1) > 1 then
    return text
  end
  local parts = { '1\n' .. whole(attempt) .. ' ' .. whole(math.floor(time)) .. ' ' .. #err .. '\n' .. err }
  for i, failure in ipairs(parse_failures(text)) do
    if i < KEPT_FAILURES then
      parts[#parts + 1] = failure[1] .. ' ' .. failure[2] .. ' ' .. #failure[3] .. '\n' .. failure[3]
    end
  end
  return table.concat(parts)
end
