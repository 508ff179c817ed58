-- The mutable part of a job: version, claims, attempts, recoveries, finished state, finishedAt, dead reason, and
-- what a later release may have added behind. Absent for a job that has not come back from a run.
local function parse_run(text)
  if not text then
    return { claims = 0, attempts = 0, recoveries = 0, state = '', finished_at = '', reason = '', rest = '' }
  end
  local claims, attempts, recoveries, state, finished_at, reason, rest =
    string.match(text, '^1\t(%d+)\t(%d+)\t(%d+)\t(%l*)\t(%d*)\t([%l-]*)(.*)$')
  if not claims then
    -- A later release's is left as it is; what is damaged is kept behind what this release writes.
    return {
      claims = 0, attempts = 0, recoveries = 0, state = '', finished_at = '', reason = '', rest = '\t' .. text,
      unread = true, newer = is_newer(text) and text,
    }
  end
  return {
    claims = tonumber(claims), attempts = tonumber(attempts), recoveries = tonumber(recoveries),
    state = state, finished_at = finished_at, reason = reason, rest = rest,
  }
end

local function format_run(run)
  return run.newer or string.format('1\t%.0f\t%.0f\t%.0f\t', run.claims, run.attempts, run.recoveries)
    .. run.state .. '\t' .. run.finished_at .. '\t' .. run.reason .. run.rest
end
