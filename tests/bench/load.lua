-- The requests of the work, for wrk; and its figures as one line of numbers.
--
--   wrk ... -s load.lua URL -- WORK KEYS IDS SEED
--
-- KEYS is a file of API keys, IDS one of organizations' ids, a line each; SEED
-- makes the names of this run different from those of any other.

local requests, count, make = {}, 0, nil

local function lines(path)
	local list = {}
	for line in io.lines(path) do
		list[#list + 1] = line
	end
	return list
end

local function format(method, path, key, body)
	local headers = { ["X-Api-Key"] = key, ["Host"] = "127.0.0.1" }
	if body then
		headers["Content-Type"] = "application/json"
	end
	return wrk.format(method, wrk.path:gsub("/$", "") .. path, headers,
	    body)
end

-- Requests that can be made ahead: the generator must cost little.
local function prepare(method, path, keys, body)
	for i, key in ipairs(keys) do
		requests[i] = format(method, path, key, body and body(i))
	end
end

local base = "/v1/organizations"
local works = {}

function works.R1(keys)
	prepare("GET", base, keys)
end

function works.R2(keys)
	prepare("PUT", base .. "/verify", keys, function(i)
		-- every other name is free
		return string.format('{"organizationName":"Organization %05d%s"}',
		    i, i % 2 == 0 and " free" or "")
	end)
end

function works.R3(keys, _, seed)
	make = function(n)
		return format("POST", base, keys[1], string.format(
		    '{"organizationName":"Bench %s %d",' ..
		    '"accountName":"Bench %s %d first","eulaAccepted":true}',
		    seed, n, seed, n))
	end
end

function works.R4(keys)
	prepare("GET", base .. "/projects", keys)
end

function works.R5(keys)
	prepare("GET", base .. "/projects/all", keys)
end

function works.R6(keys, ids, seed)
	make = function(n)
		return format("PATCH", base .. "/" .. ids[n % #ids + 1] ..
		    "/metadata", keys[1],
		    string.format('{"displayName":"Renamed %s %d"}', seed, n))
	end
end

function init(args)
	local work = args[1]
	works[work](lines(args[2]), lines(args[3]), args[4])
end

function request()
	count = count + 1
	if make then
		return make(count)
	end
	return requests[count % #requests + 1]
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests,
	    summary.duration, latency:percentile(50), latency:percentile(99),
	    latency.max, e.status + e.connect + e.read + e.write + e.timeout))
end
