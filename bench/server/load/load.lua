-- For wrk. Its arguments say what is requested, and it prints one line of JSON at the end:
--   same DEPTH             the path of the URL, DEPTH requests pipelined
--   list FILE SEED         a random line of FILE each time: a path, or a path, a tab and a field line
--   numbered START         the path of the URL with its @ replaced by another number each time
-- Request strings are built before the load begins, and random numbers depend on SEED alone.
local threads = 0

function setup(thread)
  thread:set('number', threads)
  threads = threads + 1
end

local function request_of(line)
  local path, name, value = line:match('^([^\t]*)\t([^:]*): (.*)$')
  local headers = {}
  for key, field in pairs(wrk.headers) do headers[key] = field end
  if path then headers[name] = value end
  return wrk.format(nil, path or line, headers)
end

local starts = {
  same = function(depth)
    local one = wrk.format
    depth = tonumber(depth)
    if depth > 1 then
      wrk.format = function(...) return string.rep(one(...), depth) end
    end
  end,
  list = function(file, seed)
    local requests, count, random = {}, 0, math.random
    for line in io.lines(file) do
      count = count + 1
      requests[count] = request_of(line)
    end
    math.randomseed(tonumber(seed) + number)
    request = function() return requests[random(count)] end
  end,
  numbered = function(start)
    local before, after = request_of(wrk.path):match('^([^@]*)@(.*)$')
    local next = tonumber(start) + number * 1e9
    request = function()
      next = next + 1
      return before .. next .. after
    end
  end,
}

function init(args)
  starts[args[1]](args[2], args[3])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nREPORT {"requests":%d,"bytes":%d,"us":%d,"p50":%d,"p99":%d,"p999":%d,"errorResponses":%d,"socketErrors":%d}\n',
    summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
