-- The immutable part of a job: version, stamp, name, executeAt, enqueuedAt, completedMs, deadMs, and a rest that
-- only TypeScript reads. A mark behind the stamp makes the job's ticket in a work queue void.
local KEEP_UNREADABLE_MS = 30 * 24 * 60 * 60 * 1000

-- → the stamp with its mark; nothing if the record cannot be read
local function stamp_of(record)
  return string.match(record, '^1\t(%l%d+%-?)\t')
end

-- → the fields; nothing if the record cannot be read
local function parse_record(record)
  local stamp, mark, name, execute_at, enqueued_at, completed_ms, dead_ms, rest =
    string.match(record, '^1\t(%l%d+)(%-?)\t([^\t]+)\t(%-?%d+)\t(%-?%d+)\t(%d+)\t(%d+)\t()')
  if not stamp then
    return nil
  end
  return {
    stamp = stamp, mark = mark, name = name, execute_at = execute_at, enqueued_at = enqueued_at,
    completed_ms = tonumber(completed_ms), dead_ms = tonumber(dead_ms), rest = string.sub(record, rest),
  }
end

local function format_record(job)
  return table.concat({
    '1', job.stamp .. job.mark, job.name, job.execute_at, job.enqueued_at,
    string.format('%.0f', job.completed_ms), string.format('%.0f', job.dead_ms), job.rest,
  }, '\t')
end

-- Written by a later release: this one must leave it as it is.
local function is_newer(record)
  local version = string.match(record, '^(%d+)\t')
  return version ~= nil and tonumber(version) > 1
end

-- A record that can be read in place of one that cannot: what was found becomes the payload.
local function repair_record(record, stamp, name, time)
  return format_record({
    stamp = stamp, mark = '', name = name, execute_at = string.format('%.0f', math.floor(time)),
    enqueued_at = string.format('%.0f', math.floor(time)), completed_ms = 0, dead_ms = KEEP_UNREADABLE_MS,
    rest = '0\t' .. record,
  })
end
