-- A hold on a unique key says version, stamp and id of its holder, until when it lasts, and for one of a time to live its
-- end. A parked job stands in the scheduled set with the score +inf, and in an index that finds the first one behind a key.
local function key_field(name, extra)
  return name .. '\t' .. extra.key
end

-- `rest`: what a later release has added behind. A hold of a later version keeps its key from others, and stays as it is.
-- → false where nobody can read it
local function parse_hold(text)
  local stamp, id, hold_until, ends_at, rest = string.match(text, '^1\t(%l%d+)\t([^\t]+)\t(%l+)\t(%d*)(.*)$')
  if stamp then
    return { stamp = stamp, id = id, hold_until = hold_until, ends_at = tonumber(ends_at), rest = rest }
  end
  return is_newer(text) and { id = string.match(text, '^%d+\t[^\t]*\t([^\t]+)') or '', newer = true } or false
end

-- A parked job's entry in the index: name, key, stamp, claims, id.
local function parked_member(field, stamp, claims, id)
  return field .. '\t' .. stamp .. '\t' .. whole(claims) .. '\t' .. id
end
