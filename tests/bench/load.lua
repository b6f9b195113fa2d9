-- The requests of the work, for wrk; and its figures as one line of numbers.
--
--   wrk ... -s load.lua URL -- WORK KEYS PREFIX SEED
--
-- KEYS is a file of API keys, a line each.  Files beside it begin with PREFIX:
-- `.ids` of organizations, `.asked`, keys that are checked, and `.lists`, a work
-- and its path in a line.  SEED makes the names of this run different from those
-- of any other.

local requests, count, make = {}, 0, nil

local function lines(path)
	local list = {}
	for line in io.lines(path) do
		list[#list + 1] = line
	end
	return list
end

local function format(method, path, key, body, organization)
	local headers = { ["X-Api-Key"] = key, ["Host"] = "127.0.0.1",
		["X-Organization-ID"] = organization }
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

function works.R6(keys, ids, seed)
	make = function(n)
		return format("PATCH", base .. "/" .. ids[n % #ids + 1] ..
		    "/metadata", keys[1],
		    string.format('{"displayName":"Renamed %s %d"}', seed, n))
	end
end

-- A thousand organizations in turn: one has room for a thousand invitations.
function works.R9(keys, ids, seed)
	make = function(n)
		return format("POST", "/v1/projects", keys[1],
		    string.format('{"displayName":"Project %s %d"}', seed, n),
		    ids[n % #ids + 1])
	end
end

function works.R10(keys, ids, seed)
	local name = seed:gsub(" ", ".")
	make = function(n)
		return format("POST", "/v1/invitations", keys[1], string.format(
		    '{"email":"%s.%d@example.org","role":"user"}', name, n),
		    ids[n % #ids + 1])
	end
end

function works.R11(keys, _, _, prefix)
	for i, asked in ipairs(lines(prefix .. ".asked")) do
		requests[i] = format("POST", "/v1/check", keys[1],
		    string.format('{"credential":"%s","need":"user"}', asked))
	end
end

-- The others are lists, each with its path.
local function list(work, keys, prefix)
	for _, line in ipairs(lines(prefix .. ".lists")) do
		local name, path = line:match("^(%S+) (%S+)$")
		if name == work then
			prepare("GET", path, keys)
		end
	end
end

function init(args)
	local work, prefix = args[1], args[3]
	local keys = lines(args[2])
	if works[work] then
		works[work](keys, lines(prefix .. ".ids"), args[4], prefix)
	else
		list(work, keys, prefix)
	end
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
