-- A token bucket is two numbers: how many ms it lacked of being full, and when that was; it is absent while it is full. One
-- number, the time at which it will be full, would hold too few digits, and what is rounded off with each token would add up.
-- Another store comes to the same numbers to the last bit, by the same operations in the same order.
-- Beside each hash of buckets stands a set that says when they are full, for them to be forgotten.
local function parse_bucket(text)
  local at, missing = string.match(text or '', '^([^\t]+)\t(.+)$')
  at, missing = tonumber(at), tonumber(missing)
  return at and missing and { at = at, missing = missing } or nil
end

local function missing_of(bucket, time)
  return bucket.missing - (time - bucket.at)
end

local function missing_now(bucket, rate, time)
  local missing = bucket and missing_of(bucket, time) or 0
  return math.min(math.max(0, missing), rate.burst * rate.ms_per_token)
end

-- Arithmetic that comes to a hair below a token does not withhold it, nor does it come to one below none.
local function tokens_of(bucket, rate, time)
  return math.max(0, math.floor(rate.burst - missing_now(bucket, rate, time) / rate.ms_per_token + 1e-9))
end

-- → in how many ms it has a token; 0 if it has one
local function token_in_ms(bucket, rate, time)
  return math.max(0, missing_now(bucket, rate, time) - (rate.burst - 1) * rate.ms_per_token)
end

-- → the bucket when so many tokens are taken now
local function take_tokens(bucket, rate, time, count)
  return { at = time, missing = missing_now(bucket, rate, time) + count * rate.ms_per_token }
end

-- → the bucket after a look: what is missing of more than it can hold, as under limits of before, is forgotten; else the same
local function cut_to_size(bucket, rate, time)
  if not bucket or missing_of(bucket, time) <= rate.burst * rate.ms_per_token then
    return bucket
  end
  return take_tokens(bucket, rate, time, 0)
end

-- `keys`, and by key the buckets.
local function write_buckets(hash, set, keys, buckets)
  local texts, full_at = {}, {}
  for i, key in ipairs(keys) do
    local bucket = buckets[key]
    texts[i * 2 - 1] = key
    texts[i * 2] = string.format('%.17g\t%.17g', bucket.at, bucket.missing)
    full_at[i * 2 - 1] = string.format('%.17g', bucket.at + bucket.missing)
    full_at[i * 2] = key
  end
  call_chunked('HSET', hash, texts)
  call_chunked('ZADD', set, full_at)
end

-- A full bucket is none. → how many were forgotten
local function forget_full_buckets(hash, set, time, count)
  local full = redis.call('ZRANGEBYSCORE', set, '-inf', time, 'LIMIT', 0, count)
  call_chunked('ZREM', set, full)
  call_chunked('HDEL', hash, full)
  return #full
end
