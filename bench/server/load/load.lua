-- For wrk: pipelines as many requests as its argument says, and prints one line of JSON at the end.
function init(args)
  local depth = tonumber(args[1]) or 1
  if depth > 1 then
    local one = wrk.format
    wrk.format = function(...) return string.rep(one(...), depth) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nREPORT {"requests":%d,"bytes":%d,"us":%d,"p50":%d,"p99":%d,"errorResponses":%d,"socketErrors":%d}\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
