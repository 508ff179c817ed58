-- The immutable part of a job: version, stamp, name, enqueuedAt, how long after that it is due, and a rest. Times are ms in
-- hexadecimal digits; no digits: due when enqueued. Behind them the rest begins, with `,completedMs,deadMs,length of the
-- options` unless they are 0, 30 days and 0; what follows the next tab only TypeScript reads. A mark behind the stamp makes
-- the job's ticket in a work queue void.
local COMPLETED_MS, DEAD_MS = 0, 30 * 24 * 60 * 60 * 1000
local KEEP_UNREADABLE_MS = DEAD_MS

-- → the stamp with its mark; nothing if the record cannot be read
local function stamp_of(record)
  return string.match(record, '^1\t(%l%d+%-?)\t')
end

local function from_hex(digits)
  return tonumber('0' .. string.sub(digits, 1, -7), 16) * 2 ^ 24 + tonumber('0' .. string.sub(digits, -6), 16)
end

-- → the fields; nothing if the record cannot be read
local function parse_record(record)
  local stamp, mark, name, enqueued_at, sign, waits, rest =
    string.match(record, '^1\t(%l%d+)(%-?)\t([^\t]+)\t(%x+)\t(%-?)(%x*)()')
  local completed_ms, dead_ms = string.match(record, '^,(%d+),(%d+),%d+\t', rest)
  if not stamp or not completed_ms and string.byte(record, rest) ~= 9 then
    return nil
  end
  local enqueued_ms = from_hex(enqueued_at)
  return {
    stamp = stamp, mark = mark, name = name, enqueued_at = enqueued_ms,
    execute_at = enqueued_ms + (sign == '-' and -1 or 1) * from_hex(waits),
    completed_ms = tonumber(completed_ms or COMPLETED_MS), dead_ms = tonumber(dead_ms or DEAD_MS),
    rest = string.sub(record, rest),
  }
end

local function format_record(job)
  return '1\t' .. job.stamp .. job.mark .. record_middle(job.name, job.execute_at, job.enqueued_at) .. job.rest
end

-- Written by a later release: this one must leave it as it is.
local function is_newer(record)
  local version = string.match(record, '^(%d+)\t')
  return version ~= nil and tonumber(version) > 1
end

-- A record that can be read in place of one that cannot: what was found becomes the payload.
local function repair_record(record, stamp, name, time)
  local at = math.floor(time)
  return format_record({
    stamp = stamp, mark = '', name = name, execute_at = at, enqueued_at = at,
    rest = '\t' .. record,
  })
end
