// The audit trail: who did what to what, and when.
import { saveFile } from "./api.js";
import { empty, html, list, nothing, problemLine, problemText, soft,
	toast } from "./ui.js";
import { exact, moment, t } from "./words.js";
import { more } from "./start.js";

const kinds = ["Organization", "Account", "User", "Invitation", "Key",
	"License"];
const isId = (text) => /^[0-9A-Z]{26}$/.test(text);

// --- filters -----------------------------------------------------------------

// The address has the names of the request.  A day is one of the browser's, as
// the times of the rows are; a second without a fraction is a whole one.
const dayEnds = { "min-date": "T00:00:00", "max-date": "T23:59:59" };
const sent = (name, value) => {
	const at = new Date(`${value}${dayEnds[name]}`);
	return name in dayEnds && !isNaN(at)
		? at.toISOString().replace(".000", "") : value;
};

const names = ["user", "resource-kind", "min-date", "max-date"];
const queryOf = ({ query }) => names.filter((name) => query.get(name))
	.map((name) => `&${name}=${encodeURIComponent(sent(name,
		query.get(name)))}`).join("");

const change = (context, { target }) => {
	const query = new URLSearchParams(context.query);
	if (target.value.trim())
		query.set(target.name, target.value.trim());
	else
		query.delete(target.name);
	const text = String(query);
	context.go(`#/o/${context.org}/audit${text ? `?${text}` : ""}`);
};

const field = (context, name, label, control) => html`<div class="filter">
	<label for="f-${name}">${label}</label>${control(context.query.get(name) ??
		"", (event) => change(context, event))}</div>`;

const input = (name, type) => (value, onChange) => html`<input id="f-${name}"
	name=${name} type=${type} autocomplete="off" spellcheck="false"
	.value=${value} @change=${onChange}>`;

const kindSelect = (value, onChange) => html`<select id="f-resource-kind"
	name="resource-kind" @change=${onChange}>
	<option value="" .selected=${!value}>${t("all")}</option>
	${kinds.map((kind) => html`<option value=${kind}
		.selected=${kind === value}>${t(`kind.${kind}`)}</option>`)}</select>`;

const filters = (context) => html`<div class="tools">
	${field(context, "user", t("audit.user"), input("user", "search"))}
	${field(context, "resource-kind", t("audit.kind"), kindSelect)}
	${field(context, "min-date", t("audit.from"), input("min-date", "date"))}
	${field(context, "max-date", t("audit.until"), input("max-date", "date"))}
	</div>`;

// --- download ----------------------------------------------------------------

// All pages of the list in one file; only the first has a line of names.
const download = async (context, button) => {
	const parts = [];
	let path = `/v1/audit-events?limit=1000${queryOf(context)}`;
	button.disabled = true;
	try {
		while (path) {
			const { data, next } = await context.get(path,
				{ quiet: true, accept: "text/csv" });
			parts.push(parts.length ? data.slice(data.indexOf("\n") + 1)
				: data);
			path = next;
		}
		saveFile(parts, `audit-${context.org}.csv`, "text/csv");
	} catch (error) {
		toast(problemText(error));
	}
	button.disabled = false;
};

// --- the list ----------------------------------------------------------------

const said = (name) => name === "erased user" ? t("audit.erased") : name;

const nameOf = ({ resourceKind: kind, resourceName: name }) => isId(name)
	? html`${kinds.includes(kind) ? t(`kind.${kind}`) : kind} <span class="mono"
		>${name}</span>` : soft(said(name));

// What was done beyond the action, without ids: the project has its own place.
const detailsOf = ({ account, description, resourceName }) => {
	const text = description.replace(/(?<=the project) [0-9A-Z]{26}$/, "");
	return [text !== resourceName && !/[0-9A-Z]{26}/.test(text) && text,
		account !== resourceName && account].filter(Boolean)
		.map((part) => ` · ${part}`);
};

const whoOf = ({ user }) => isId(user) ? html`${t("audit.key")}
	<div class="sub mono">${user}</div>` : soft(said(user)) || t("audit.shell");

const rowOf = (one) => [
	html`<strong class="mono">${one.action}</strong>
	<div class="sub">${nameOf(one)}${detailsOf(one)}</div>`,
	whoOf(one),
	html`<time datetime=${one.timestamp} title=${exact(one.timestamp)}
		>${moment(one.timestamp)}</time>`,
];

export const eventRows = (rows) => list(t("audit"), [[t("audit.what"), "main"],
	[t("audit.who"), "below"], [t("audit.when"), "tail"]], rows.map(rowOf));

const rows = (context, data) => data.rows.length ? html`${eventRows(data.rows)}
	${more(context, data, "auditEvents", { org: context.id })}`
	: empty(t("found.nothing"), t("audit.none"));

export const audit = {
	title: () => t("audit"),
	inList: true,
	isForAdmins: true,
	load: async (context) => {
		try {
			const { data, next } = await context.get(
				`/v1/audit-events?limit=100${queryOf(context)}`);
			return { rows: data.auditEvents, next };
		} catch (error) {
			// a filter that is wrong is mended where it is
			if (error.status !== 400)
				throw error;
			return { error };
		}
	},
	view: (context, data) => html`<div class="head-line"><h1>${t("audit")}</h1>
	${data.error ? nothing : html`<button type="button" @click=${(event) =>
		download(context, event.currentTarget)}>${t("audit.csv")}</button>`}
	</div>${filters(context)}
	${data.error ? problemLine(data.error) : rows(context, data)}`,
};
