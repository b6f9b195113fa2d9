// Holds recorded requests and their answers (tests/api/request.c) against a
// description, by the validator of Prism.
//
//     node calls.mjs DOCUMENT < CALLS
//
// Prints a line for each call: file, test, method, path, status, findings; tabs
// between.  Findings are a list as JSON, empty where there are none, or "unknown"
// where the description has no such operation.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const require = createRequire(join(process.cwd(), "build/openapi/"));
const { getHttpOperationsFromSpec } = require("@stoplight/prism-http");
const { validateInput, validateOutput } =
	require("@stoplight/prism-http/dist/validator");
const route = require("@stoplight/prism-http/dist/router").default;

// Taken from older clients, and described only in words.
const olderNames = [[/\/verify$/, "displayName"],
	[/\/metadata$/, "organizationName"], [/./, "projectName"]];

function headersOf(text) {
	const headers = {};
	for (const line of text.split("\r\n")) {
		const colon = line.indexOf(":");
		if (colon < 1)
			continue;
		const name = line.slice(0, colon).toLowerCase();
		const value = line.slice(colon + 1).trim();
		headers[name] = name in headers ? `${headers[name]}, ${value}`
			: value;
	}
	return headers;
}

function queryOf(text) {
	const query = {};
	for (const [name, value] of new URLSearchParams(text))
		query[name] = name in query ? [query[name], value].flat() : value;
	return query;
}

function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

// JSON is taken under any type, curl's own above all; the description knows its
// own type only.
function requestOf(call) {
	const [path, query] = call.path.split(/\?(.*)/s);
	const headers = headersOf(call.headers);
	const body = call.body === null || call.body === "" ? null
		: parsed(call.body);
	if (body !== null && typeof body === "object")
		headers["content-type"] = "application/json";
	if (call.body)
		headers["content-length"] = String(call.body.length);
	return { method: call.method.toLowerCase(), headers, body,
		url: { path, query: queryOf(query) } };
}

function answerOf(call) {
	const headers = headersOf(call.answerHead.replace(/^[^\r]*\r\n/, ""));
	const type = headers["content-type"] ?? "";
	return { statusCode: call.status, headers,
		body: call.answer === "" ? undefined
			: /^application\/([a-z.]+\+)?json\b/.test(type)
				? parsed(call.answer) : call.answer };
}

// What is described in words only, since a type for it would be of no use to
// clients, and what a web server says before the program is asked.
function isInWords(answer, finding) {
	const [side, part] = finding.location;
	if (side === "request")
		// a body is taken under any type, and none is asked for with it
		return finding.code === 415;
	const type = answer.headers["content-type"] ?? "";
	return /^(text\/csv|application\/x-ndjson)/.test(type) ||
		part === "body" && "idempotency-replayed" in answer.headers &&
			/^(type|oneOf|enum)$/.test(finding.code);
}

function isOfServer(call, answer) {
	return call.status >= 400 && !("x-request-id" in answer.headers);
}

function problems(result, side) {
	return result._tag === "Right" ? [] : result.left.map(
		({ path, code, message }) =>
			({ location: [side, ...path ?? []], code, message }));
}

function isOlder(request) {
	const [, name] = olderNames.find(([path]) =>
		path.test(request.url.path));
	return request.body !== null && typeof request.body === "object" &&
		name in request.body;
}

const operations = await getHttpOperationsFromSpec(process.argv[2]);

function findings(call, answer) {
	const request = requestOf(call);
	const found = route({ resources: operations, input: request });
	if (found._tag === "Left")
		return "unknown";
	const resource = found.right;
	const both = problems(validateOutput({ resource, element: answer }),
		"response");
	if (call.status < 400 && !isOlder(request))
		both.unshift(...problems(
			validateInput({ resource, element: request }), "request"));
	const left = both.filter(one => !isInWords(answer, one));
	return left.length === 0 ? "" : JSON.stringify(left);
}

for await (const line of createInterface({ input: process.stdin })) {
	const call = JSON.parse(line);
	const answer = answerOf(call);
	// its answers are those of GET; the validator wants their body
	if (call.method === "HEAD" || isOfServer(call, answer))
		continue;
	console.log([basename(call.file ?? ""), call.test, call.method,
		call.path.replaceAll("\t", " "), call.status,
		findings(call, answer)].join("\t"));
}
