-- The record of a new job, as lib/record.lua reads it.
local function new_record(stamp, name, due, enqueued_at, rest)
  return '1\t' .. stamp .. '\t' .. name .. '\t' .. whole(due) .. '\t' .. enqueued_at .. '\t' .. rest
end
