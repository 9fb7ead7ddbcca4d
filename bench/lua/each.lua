-- Sends the prepared requests of a file, one per line: METHOD TAB path TAB header=value;… TAB body.
-- With "once" each is sent a single time (codes, refresh tokens); what an answer yields is appended to a file.
local requests, next_one, once, harvest, out = {}, 0, false, nil, nil
local good, bad = 0, 0

function init(args)
  once = args[2] == "once"
  harvest = args[3]
  if harvest and harvest ~= "" then out = io.open(args[4], "a") end
  for line in io.lines(args[1]) do
    local method, path, fields, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = {}
    for name, value in fields:gmatch("(.-)=(.-)\31") do headers[name] = value end
    table.insert(requests, wrk.format(method, path, headers, body ~= "" and body or nil))
  end
end

function request()
  next_one = next_one + 1
  if next_one > #requests then
    if once then
      -- Nothing is sent twice: a second use would end what the next scenario needs.
      wrk.thread:stop()
      return wrk.format("GET", "/.well-known/openid-configuration")
    end
    next_one = 1
  end
  return requests[next_one]
end

function response(status, headers, body)
  if status < 400 then good = good + 1 else bad = bad + 1 end
  if not out then return end
  if harvest == "code" then
    local where = headers["Location"] or headers["location"] or ""
    local code = where:match("[?&]code=([^&]+)")
    if code then out:write(code, "\n") end
  elseif harvest == "tokens" then
    local refresh = body:match('"refresh_token":"(.-)"')
    local access = body:match('"access_token":"(.-)"')
    if refresh and access then out:write(refresh, "\t", access, "\n") end
  end
end

local threads = {}
function setup(thread) table.insert(threads, thread) end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.3f errors=%d p99_ms=%.3f\n", summary.requests,
    summary.duration / 1e6, summary.errors.status + summary.errors.read + summary.errors.timeout, latency:percentile(99) / 1000))
end
