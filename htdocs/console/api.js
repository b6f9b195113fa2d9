// Requests to the service: one function, problems as errors.

export const base = new URL(".", document.baseURI);

// What ends a request without success.  `code` is the last part of the
// problem's type; "offline" if there was no answer.
export class Problem extends Error {
	constructor(status, body) {
		super(body.detail ?? body.title ?? String(status));
		this.status = status;
		this.code = String(body.type ?? "offline").split(":").pop();
		this.id = body.instance ?? "";
		this.body = body;
	}
}

// What the frame of the page sets: what to do if the session has ended, and
// how a password is asked once more (resolves to whether it was given), and
// what a write makes stale.
export const hooks = { ended: () => {}, confirm: async () => false,
	written: () => {} };

// The last request, for "as curl".
let last = null;
let isFiltered = false; // a filter lets GET and POST through alone

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export const curlOf = (request = last) => {
	if (!request)
		return "";
	const { method, path, org, body } = request;
	const parts = ["curl -H \"X-Api-Key: $KEY\""];
	if (org)
		parts.push(`-H 'X-Organization-ID: ${org}'`);
	if (method !== "GET")
		parts.push(`-X ${method}`);
	parts.push(quote(String(new URL(path.slice(1), base))));
	if (body !== undefined)
		parts.push(`-d ${quote(JSON.stringify(body))}`);
	return parts.join(" ");
};

const headersOf = (method, { org, match, idempotent, accept }) => {
	const headers = { "Accept": accept ?? "application/json",
		"X-Requested-With": "tenantry-console" };
	if (method !== "GET")
		headers["Content-Type"] = "application/json";
	if (org)
		headers["X-Organization-ID"] = org;
	if (match)
		headers["If-Match"] = match;
	if (idempotent)
		headers["Idempotency-Key"] = idempotent;
	return headers;
};

const send = async (method, path, options) => {
	const { body, signal } = options;
	const headers = headersOf(method, options);
	let sent = method;
	if (isFiltered && method !== "GET" && method !== "POST") {
		headers["X-HTTP-Method-Override"] = method;
		sent = "POST";
	}
	try {
		return await fetch(new URL(path.slice(1), base), {
			method: sent, headers, signal, cache: "no-cache",
			credentials: "same-origin", redirect: "error",
			body: sent === "GET" ? undefined
				: JSON.stringify(body ?? {}),
		});
	} catch (error) {
		if (error.name === "AbortError")
			throw error;
		throw new Problem(0, { type: "offline" });
	}
};

const bodyOf = async (answer) => {
	const text = await answer.text();
	try {
		return text ? JSON.parse(text) : {};
	} catch {
		return {};
	}
};

// The query of `Link: <…>; rel="next"` alone: the service may be called by
// another name there than here.
const nextOf = (answer, path) => {
	const link = answer.headers.get("Link")?.match(/<([^>]*)>;\s*rel="next"/);
	return link ? path.split("?")[0] + new URL(link[1], base).search : null;
};

// Resolves to { data, etag, next, status }, or throws a Problem.  With `accept`
// the data are text.
export const call = async (method, path, options = {}) => {
	let answer = await send(method, path, options);
	// what has no id of ours was answered by a filter before the program
	if (!answer.headers.has("X-Request-Id") && !isFiltered &&
	    ["PUT", "PATCH", "DELETE"].includes(method)) {
		isFiltered = true;
		answer = await send(method, path, options);
	}
	if (!options.quiet)
		last = { method, path, org: options.org, body: options.body };
	const data = await (options.accept && answer.ok ? answer.text()
		: bodyOf(answer));
	if (answer.ok && method !== "GET")
		hooks.written();
	if (answer.ok)
		return { data, status: answer.status,
			etag: answer.headers.get("ETag"),
			next: nextOf(answer, path) };
	const problem = new Problem(answer.status, data);
	if (problem.code === "step-up" && await hooks.confirm())
		return call(method, path, options);
	if (answer.status === 401 && !options.isSignIn)
		hooks.ended(problem);
	throw problem;
};

export const get = (path, options) => call("GET", path, options);
export const post = (path, body, options) =>
	call("POST", path, { ...options, body });
// A creation that is sent again after a lost answer creates nothing twice.
export const create = async (path, body, options) => {
	const idempotent = crypto.randomUUID();
	try {
		return await call("POST", path, { ...options, body, idempotent });
	} catch (error) {
		if (error.code !== "offline")
			throw error;
		return call("POST", path, { ...options, body, idempotent });
	}
};

// The password of the person who is signed in, once more.  A wrong one ends no
// session.
export const confirmPassword = async (password) => {
	try {
		await post("/v1/session/confirm", { password },
			{ quiet: true, isSignIn: true });
	} catch (error) {
		if (error.code === "unauthenticated")
			error.code = "wrong-password";
		throw error;
	}
};

// A file for the person, of what was read.
export const saveFile = (parts, name, type) => {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob(parts, { type }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
};
