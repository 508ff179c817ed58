-- What a name is held to: version, concurrency, limit, perMs and burst of its rate, a mark if it says anything of its
-- groups, and of these concurrency, limit, perMs and burst of their rate, and 1 if they are ordered. What is absent is empty.
local limits_by_name = {}

local function parse_rate(limit, per_ms, burst)
  return limit ~= '' and { ms_per_token = tonumber(per_ms) / tonumber(limit), burst = tonumber(burst) } or nil
end

-- A text of a later version holds its name from all claims of this release, which cannot keep to it. One that nobody can
-- read holds nothing.
local function parse_limits(text)
  local concurrency, limit, per_ms, burst, _, group_concurrency, group_limit, group_per_ms, group_burst, ordered =
    string.match(text, '^1\t(%d*)\t(%d*)\t(%d*)\t(%d*)\t(g?)\t(%d*)\t(%d*)\t(%d*)\t(%d*)\t(%d*)')
  if not concurrency then
    local is_newer_text = tonumber(string.match(text, '^(%d+)\t') or 1) > 1
    return is_newer_text and { concurrency = 0, group = {} } or nil
  end
  return {
    concurrency = tonumber(concurrency), rate = parse_rate(limit, per_ms, burst),
    group = {
      concurrency = tonumber(group_concurrency), rate = parse_rate(group_limit, group_per_ms, group_burst),
      ordered = ordered == '1',
    },
  }
end

local NO_LIMITS = { group = {} }

local function limits_of(name)
  local limits = limits_by_name[name]
  if not limits then
    local text = redis.call('HGET', P .. 'limits', name)
    limits = text and parse_limits(text) or NO_LIMITS
    limits_by_name[name] = limits
  end
  return limits
end

-- So many leases of a name have ended: if it was at its concurrency and is not any more, whoever is held looks again.
local function tell_of_free_slots(name, ended)
  local most = limits_of(name).concurrency
  local active = most and ended > 0 and redis.call('ZCARD', P .. name .. ':active')
  if active and active < most and active + ended >= most then
    redis.call('PUBLISH', P .. 'hints', 'control\t' .. name)
  end
end
