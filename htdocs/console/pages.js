// The pages of an organization and the ones beside it: the two lists, and
// those that need few words.
import { empty, html, list, nothing, person, pill, time } from "./ui.js";
import { number, t } from "./words.js";
import { audit, eventRows } from "./audit.js";
import { newKey, keys } from "./keys.js";
import { licence, licenceFigure, bar } from "./licence.js";
import { me } from "./me.js";
import { members } from "./people.js";
import { newProject, project, projects, projectRows } from "./projects.js";
import { settings } from "./settings.js";

// --- overview ----------------------------------------------------------------

const figure = (label, value, of, more) => html`<div class="figure">
	<div class="label">${label}</div>
	<div><span class="big">${number(value)}</span> ${of
		? t("of", number(of)) : t("no.limit")}${more ? `, ${more}` : ""}</div>
	${of ? bar(label, value, of) : nothing}</div>`;

const figures = (licence) => html`<section class="figures"
	aria-label=${t("licence")}>
	${licence.usage ? html`${figure(t("projects"), licence.usage.projects,
		licence.limits.projects)}
	${figure(t("members"), licence.usage.users, licence.limits.users,
		licence.usage.invited ? t("n.invited", number(licence.usage.invited))
			: "")}` : nothing}
	${licenceFigure(licence)}</section>`;

const firstKey = (context, data) => data.keys.length ? nothing
	: html`<section class="begin"><h2>${t("begin.title")}</h2>
	<p class="muted">${t("begin.text")}</p>
	<button type="button" class="primary" @click=${() =>
		newKey(context)}>${t("create.key")}</button></section>`;

const overview = {
	title: () => t("overview"),
	inList: true,
	create: (context) => newProject(context),
	load: async (context) => {
		const quiet = { quiet: true };
		const [licence, keys, projects, events, organization] = await Promise.all([
			context.get(`/v1/organizations/${context.org}/license`, quiet),
			context.get("/v1/api-keys?owner=me&limit=30", quiet),
			context.get("/v1/projects?limit=5", quiet),
			context.isAdmin ? context.get("/v1/audit-events?limit=5",
				quiet) : { data: { auditEvents: [] } },
			context.get(`/v1/organizations/${context.org}`),
		]);
		return { licence: licence.data.license, keys: keys.data.apiKeys
			.filter((one) => one.spec.organizationId === context.id),
			rows: projects.data.accounts, hasMore: projects.next,
			events: events.data.auditEvents,
			organization: organization.data.organization };
	},
	view: (context, data) => {
		const { displayName, name, labels } = data.organization.metadata;
		return html`<div class="head-line"><div><h1>${displayName}</h1>
		<p class="muted"><span class="mono">${name}</span> ·
			${t("changed.at")} ${time(data.organization.metadata.dateModified)}
			${Object.entries(labels).map(([key, value]) =>
				pill(`${key}: ${value}`))}</p></div>
		${context.isAdmin ? html`<button type="button" class="primary"
			@click=${() => newProject(context)}>${t("new.project")}</button>`
			: nothing}</div>
		${figures(data.licence)}
		${firstKey(context, data)}
		<h2>${t("projects")}</h2>
		${data.rows.length ? projectRows(context, data)
			: empty(t("no.projects"), t("no.projects.text"))}
		${data.hasMore ? html`<p><a href="#/o/${context.org}/projects"
			>${t("all.projects")}</a></p>` : nothing}
		${data.events.length ? html`<h2>${t("last.events")}</h2>
		${eventRows(data.events)}<p><a href="#/o/${context.org}/audit"
			>${t("all.events")}</a></p>` : nothing}`;
	},
};

// --- search ------------------------------------------------------------------

export const searchForm = (org, go) => html`<form role="search" class="search"
	@submit=${(event) => {
		event.preventDefault();
		const input = event.currentTarget.elements.q;
		go(`#/o/${org}/search?q=${encodeURIComponent(input.value.trim())}`);
		input.value = "";
		input.blur();
	}}><input name="q" type="search" aria-label=${t("search")}
	placeholder=${t("search")} aria-keyshortcuts="/"><kbd aria-hidden="true"
	>/</kbd></form>`;

const search = {
	title: () => t("search"),
	load: async (context) => {
		const q = encodeURIComponent(context.query.get("q") ?? "");
		const [users, projects] = await Promise.all([
			context.isAdmin ? context.get(
				`/v1/organizations/users?limit=20&q=${q}`, { quiet: true })
				: { data: { users: [] } },
			context.get(`/v1/projects?limit=20&q=${q}`),
		]);
		return { users: users.data.users, rows: projects.data.accounts };
	},
	view: (context, data) => html`<h1>${t("search.of",
		context.query.get("q") ?? "")}</h1>
	<p class="muted">${t("search.rule")}</p>
	${data.rows.length ? html`<h2>${t("projects")}</h2>
		${projectRows(context, data)}` : nothing}
	${data.users.length ? html`<h2>${t("members")}</h2>${list(t("members"),
		[[t("person"), "main"], [t("role"), "tail"]], data.users.map((one) => [
			person(one.metadata.displayName, one.spec.email),
			t(`role.${one.spec.role}`)]))}` : nothing}
	${data.rows.length || data.users.length ? nothing
		: empty(t("found.nothing"), t("search.rule"))}`,
};

export const orgPages = { overview, projects, project, members, keys, licence,
	audit, settings, search };
export const topPages = { me };
