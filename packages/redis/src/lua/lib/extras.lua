-- What a job asks for beyond the plain: version, priority, expiresAt, maxCount, until when it holds its unique key
-- (a number: for so many ms), what it does where that is held, the key, and its group with its weight, which a text of
-- before there were groups does not have. Absent for all that ask for nothing.
local any_extras

-- Asked once in a call, unless a script has found it out along with something else.
local function has_extras()
  if any_extras == nil then
    any_extras = redis.call('EXISTS', P .. 'extras') == 1
  end
  return any_extras
end

-- What a later release has added behind stays in `text`. Of what a later version is, only that it is `newer` is known.
-- → nothing for a plain job, and where nobody can read it
local function parse_extra(text)
  if not text then
    return nil
  end
  local priority, expires_at, max_count, hold_until, on_conflict, key, group, weight =
    string.match(text, '^1\t(-?%d+)\t(-?%d*)\t(%d*)\t(%w*)\t(%a*)\t([^\t]*)\t?([^\t]*)\t?([^\t]*)')
  if not priority then
    return is_newer(text) and { text = text, priority = 0, newer = true } or nil
  end
  return {
    text = text, priority = tonumber(priority), expires_at = tonumber(expires_at), max_count = tonumber(max_count),
    hold_until = hold_until, ttl_ms = tonumber(hold_until), on_conflict = on_conflict, key = key ~= '' and key or nil,
    group = group ~= '' and group or nil, weight = weight,
  }
end

-- → its text when it does not expire any more
local function without_expiry(extra)
  return (string.gsub(extra.text, '^(1\t%-?%d+\t)%-?%d*', '%1'))
end

local function extra_of(id)
  return has_extras() and parse_extra(redis.call('HGET', P .. 'extras', id)) or nil
end

-- → by id
local function read_extras(ids)
  local extras = {}
  if has_extras() then
    for id, text in pairs(read_by_id('extras', ids)) do
      extras[id] = parse_extra(text)
    end
  end
  return extras
end

local function is_expired(extra, claims, time)
  return extra and extra.expires_at and claims == 0 and extra.expires_at <= time
end
