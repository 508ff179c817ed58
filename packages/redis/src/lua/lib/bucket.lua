-- A token bucket is one number: the time at which it will be full again, absent while it is full. Another store comes to
-- the same numbers to the last bit, by the same operations in the same order.

-- From where the tokens are counted: no more are missing than it holds.
local function bucket_base(full_at, rate, time)
  return math.min(math.max(full_at or time, time), time + rate.burst * rate.ms_per_token)
end

-- Arithmetic that comes to a hair below a token does not withhold it, nor does it come to one below none.
local function tokens_of(full_at, rate, time)
  return math.max(0, math.floor(rate.burst + (time - bucket_base(full_at, rate, time)) / rate.ms_per_token + 1e-9))
end

-- → in how many ms it has a token; 0 if it has one
local function token_in_ms(full_at, rate, time)
  return math.max(0, bucket_base(full_at, rate, time) - time - (rate.burst - 1) * rate.ms_per_token)
end

-- → when it is full again, so many tokens being taken now; with none of them, what a look leaves: of more that is missing than
-- it can hold, as under limits of before, the rest is forgotten
local function bucket_after(full_at, rate, time, count)
  return bucket_base(full_at, rate, time) + count * rate.ms_per_token
end

-- A full bucket is none. → how many were forgotten
local function forget_full_buckets(key, time, count)
  local full = redis.call('ZRANGEBYSCORE', key, '-inf', time, 'LIMIT', 0, count)
  call_chunked('ZREM', key, full)
  return #full
end
