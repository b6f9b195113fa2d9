// For system administrators: all organizations, all users, the outbox and the
// installation.
import { call, get } from "./api.js";
import { empty, formDialog, html, list, nothing, person, pill, rowMenu,
	time, toast } from "./ui.js";
import { age, exact, number, plural, t } from "./words.js";
import { filterField, queryOf } from "./projects.js";
import { more } from "./start.js";

// --- what the lists have in common -------------------------------------------

const stateOf = ({ query }) => query.get("state") ?? "";

// The state is kept in what is searched, and what is searched in the state.
const stateQuery = (context) => stateOf(context)
	? `&state=${encodeURIComponent(stateOf(context))}` : "";

const at = (name, ...parts) => {
	const text = parts.join("");
	return `#/system/${name}${text ? `?${text.slice(1)}` : ""}`;
};

// states: [state, words]; the first is "", all of them.
const states = (context, name, all) => html`<div class="segments" role="group"
	aria-label=${t("which")}>${[["", t("all")], ...all].map(([state, text]) =>
	html`<a href=${at(name, state && `&state=${state}`, queryOf(context))}
		aria-current=${state === stateOf(context) ? "true" : nothing}
		><span>${text}</span></a>`)}</div>`;

const tools = (context, name, all, label) => html`<div class="tools">
	${states(context, name, all)}<span class="space"></span>${label
		? filterField(context, at(name, stateQuery(context)), label)
		: nothing}</div>`;

// The title is the word of the name.
const listPage = (name, { intro, all, label, columns, row }) => ({
	title: () => t(name),
	load: async (context) => {
		const { data, next } = await get(`/v1/system/${name}?limit=100${
			queryOf(context)}${stateQuery(context)}`);
		return { rows: data[name], next };
	},
	view: (context, data) => html`<h1>${t(name)}</h1>
	${intro ? html`<p class="muted">${intro()}</p>` : nothing}
	${tools(context, name, all(), label?.())}
	${data.rows.length ? html`${list(t(name), columns(), data.rows.map((one, i) =>
		row(context, one, data, i)))}${more(context, data, name)}`
		: empty(t("found.nothing"), stateQuery(context) + queryOf(context)
			? t("audit.none") : "")}`,
});

// --- organizations -----------------------------------------------------------

const organizationRow = (context, { metadata, status }) => {
	const { displayName, name } = metadata;
	const isDeleted = status.state === "deleted";
	return [
		html`${isDeleted ? html`<strong>${displayName}</strong>`
			: html`<a class="strong" href="#/o/${name}">${displayName}</a>`}
		<div class="sub mono">${name}</div>`,
		`${plural("n.projects", status.projects)}, ${
			plural("n.members", status.members)}`,
		isDeleted ? html`${pill(t("deleted"), "danger")}
			<div class="sub">${time(status.deletedAt)}</div>`
			: time(status.createdAt),
	];
};

const organizations = listPage("organizations", {
	label: () => t("find.project"),
	all: () => [["active", t("user.active")], ["deleted", t("deleted")]],
	columns: () => [[t("name"), "main"], [t("size"), "below"],
		[t("created"), "tail"]],
	row: organizationRow,
});

// --- users -------------------------------------------------------------------

// The row alone changes, so that a long list keeps its place.
const setDisabled = async (context, data, i, disabled) => {
	const { id, displayName } = data.rows[i].metadata;
	const verb = disabled ? "disable" : "enable";
	const changed = await formDialog({
		title: t(`${verb}.title`, displayName), intro: t(`${verb}.intro`),
		isDanger: disabled, verb: t(verb),
		submit: async () => (await call("PATCH", `/v1/system/users/${id}`,
			{ body: { disabled } })).data.user,
	});
	if (!changed)
		return;
	data.rows[i] = changed;
	toast(t(`${verb}.done`, displayName));
	context.draw();
};

const userRow = (context, user, data, i) => {
	const { id, displayName } = user.metadata;
	const { state, systemAdmin, memberships, createdAt, disabledAt } =
		user.status;
	const isMe = id === context.me.metadata.id;
	const isDisabled = state === "disabled";
	return [
		person(displayName, user.spec.email, html`${isMe ? pill(t("you"),
			"accent") : nothing} ${systemAdmin ? pill(t("system.admin"))
			: nothing}`),
		number(memberships),
		time(createdAt),
		isDisabled ? html`<span title=${exact(disabledAt)}>${pill(
			t("user.disabled"), "danger")}</span>` : t("user.active"),
		isMe ? nothing : rowMenu(displayName, [isDisabled
			? [t("enable"), () => setDisabled(context, data, i, false)]
			: [t("disable"), () => setDisabled(context, data, i, true),
				"red"]]),
	];
};

const users = listPage("users", {
	label: () => t("find.person"),
	all: () => [["active", t("user.active")], ["disabled", t("user.disabled")]],
	columns: () => [[t("person"), "main"], [t("memberships"), "wide-only"],
		[t("created"), "wide-only"], [t("state"), "side"], ["", "tail"]],
	row: userRow,
});

// --- outbox ------------------------------------------------------------------

const mailKinds = { queued: "warning", sent: "", failed: "danger", dropped: "" };

const mailRow = (context, one) => [
	html`<strong>${t(`outbox.${one.kind}`)}</strong>
	${one.lastError ? html`<div class="sub" lang="en">${one.lastError}
		</div>` : nothing}`,
	pill(t(`outbox.${one.state}`), mailKinds[one.state]),
	html`<time datetime=${one.createdAt} title=${exact(one.createdAt)}
		>${age(one.createdAt)}</time>`,
];

const outbox = listPage("outbox", {
	intro: () => t("outbox.intro"),
	all: () => Object.keys(mailKinds).map((state) =>
		[state, t(`outbox.${state}`)]),
	columns: () => [[t("mail"), "main"], [t("state"), "side"], [t("created"), "tail"]],
	row: mailRow,
});

// --- installation ------------------------------------------------------------

// The worst first.
const findingKinds = { fail: "danger", warn: "warning", unknown: "",
	ok: "accent" };
const worst = Object.keys(findingKinds);

// A session is a cookie: whether Authorization arrives cannot be seen by one.
const judged = (one) => one.check === "authorization" && one.state === "warn"
	? { ...one, state: "unknown" } : one;

// The report is in English.
const findingRow = ({ check, state, detail, remedy }) => [
	html`<strong class="mono">${check}</strong><div lang="en">${detail}</div>
	${remedy ? html`<div class="sub">${t("finding.todo")}
		<span lang="en">${remedy}</span></div>` : nothing}`,
	pill(t(`finding.${state}`), findingKinds[state]),
];

const installation = {
	title: () => t("installation"),
	load: async () => {
		const { data: version } = await get("/v1/version", { quiet: true });
		const { data } = await get("/doctor");
		return { version, rows: data.checks.map(judged).sort((a, b) =>
			worst.indexOf(a.state) - worst.indexOf(b.state)) };
	},
	view: (context, { version, rows }) => html`<h1>${t("installation")}</h1>
		<p class="muted">${t("version.line", version.version, version.commit,
			version.schema)}</p>
		${list(t("installation"), [[t("finding"), "main"],
			[t("state"), "tail"]], rows.map(findingRow))}`,
};

// --- metrics -----------------------------------------------------------------

// Lines of the text format of Prometheus: name, labels, value.  How long requests
// took has a line for each duration, and is for a monitoring system.
const counters = (text) => text.split("\n").map((line) =>
	line.match(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/)).filter((one) =>
	one && one[3] !== "0" && !one[1].endsWith("_bucket"));

const metrics = {
	title: () => t("metrics"),
	load: async () => ({ rows: counters((await get("/v1/system/metrics",
		{ accept: "text/plain" })).data) }),
	view: (context, { rows }) => html`<h1>${t("metrics")}</h1>
		<p class="muted">${t("metrics.intro")}</p>
		${list(t("metrics"), [[t("name"), "main"], [t("value"), "tail"]],
			rows.map(([, name, labels, value]) => [html`<span class="mono"
			>${name}</span><div class="sub">${labels}</div>`,
			number(Number(value))]))}`,
};

// --- where they are ----------------------------------------------------------

export const systemPages = { organizations, users, outbox, installation,
	metrics };

export const systemList = (now) => html`<div role="group"
	aria-labelledby="system-pages"><div class="group" id="system-pages"
	>${t("system")}</div>${Object.entries(systemPages).map(([name, page]) =>
	html`<a href="#/system/${name}" aria-current=${name === now ? "page"
		: nothing}>${page.title()}</a>`)}</div>`;
