-- For wrk: as many requests at once as its argument says, and the outcome as one line of JSON.
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
    '\nOUTCOME {"requests":%d,"bytes":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
