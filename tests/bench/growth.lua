-- Requests from a file, for wrk; and its figures as one line of numbers, as
-- load.lua has them.
--
--   wrk ... -s growth.lua URL -- FILE SEED
--
-- A line has method, path, API key, organization (or -) and body (or -), a tab
-- between.  In a body `@` is a name that is new in each request.

local lines, requests, count, seed = {}, {}, 0, ""

local function format(line, name)
	local method, path, key, organization, body =
	    line:match("^(%S+)\t(%S+)\t(%S+)\t(%S+)\t(.+)$")
	local headers = { ["X-Api-Key"] = key, ["Host"] = "127.0.0.1" }
	if organization ~= "-" then
		headers["X-Organization-ID"] = organization
	end
	if body == "-" then
		body = nil
	else
		headers["Content-Type"] = "application/json"
		body = body:gsub("@", name or "@")
	end
	return wrk.format(method, path, headers, body)
end

function init(args)
	seed = args[2]
	for line in io.lines(args[1]) do
		lines[#lines + 1] = line
		requests[#lines] = not line:find("@", 1, true) and
		    format(line) or nil
	end
end

function request()
	count = count + 1
	local at = count % #lines + 1
	return requests[at] or format(lines[at], seed .. " " .. count)
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests,
	    summary.duration, latency:percentile(50), latency:percentile(99),
	    latency.max, e.status + e.connect + e.read + e.write + e.timeout))
end
