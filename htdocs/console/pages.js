// The pages of an organization and the ones beside it: the two lists, and
// those that need few words.
import { get, post } from "./api.js";
import { empty, html, list, nothing, person, pill, problemText, time,
	toast } from "./ui.js";
import { number, plural, t } from "./words.js";
import { newKey, keys } from "./keys.js";
import { licence, licenceFigure, bar } from "./licence.js";
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
		const [licence, keys, projects, organization] = await Promise.all([
			context.get(`/v1/organizations/${context.org}/license`, quiet),
			context.get("/v1/api-keys?owner=me&limit=30", quiet),
			context.get("/v1/projects?limit=5", quiet),
			context.get(`/v1/organizations/${context.org}`),
		]);
		return { licence: licence.data.license, keys: keys.data.apiKeys
			.filter((one) => one.spec.organizationId === context.id),
			rows: projects.data.accounts, hasMore: projects.next,
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
			>${t("all.projects")}</a></p>` : nothing}`;
	},
};

// --- search ------------------------------------------------------------------

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

// --- oneself -----------------------------------------------------------------

const takeInvitation = async (context, one) => {
	try {
		await post(`/v1/invitations/${one.metadata.id}/accept`);
		await context.refresh();
		toast(t("joined", one.status.organization.displayName));
		context.reload();
	} catch (error) {
		toast(problemText(error));
	}
};

const invitationRows = (context, rows) => html`<h2>${t("invitations")}</h2>
	${list(t("invitations"), [[t("organization"), "main"],
		[t("role"), "wide-only"], ["", "tail"]], rows.map((one) => [
		html`<strong>${one.status.organization.displayName}</strong>
		<div class="sub">${t("invited.by",
			one.status.invitedBy.displayName)}</div>`,
		t(`role.${one.spec.role}`),
		html`<button type="button" @click=${() => takeInvitation(context, one)}
			>${t("accept")}</button>`]))}`;

const endSession = async (context, path, text) => {
	try {
		await context.call("DELETE", path);
		toast(text);
	} catch (error) {
		toast(problemText(error));
	}
	context.reload();
};

const sessionRows = (context, sessions) => html`<h2>${t("sessions")}</h2>
	${list(t("sessions"), [[t("since"), "main"], [t("last.seen"), "wide-only"],
		["", "tail"]], sessions.map((one) => [
		html`${time(one.createdAt)} ${one.current ? pill(t("this.one"))
			: nothing}`,
		time(one.lastSeenAt),
		html`<button type="button" @click=${() => endSession(context,
			`/v1/sessions/${one.id}`, t("session.closed"))}
			>${t("sign.out")}</button>`]))}
	<p><button type="button" class="danger-plain" @click=${() => endSession(
		context, "/v1/sessions", t("session.closed"))}
		>${t("sign.out.everywhere")}</button></p>`;

// What this version of the service does not have is left out.
const ifThere = async (path, member) => {
	try {
		return (await get(path, { quiet: true })).data[member] ?? [];
	} catch (error) {
		if ([404, 403].includes(error.status))
			return [];
		throw error;
	}
};

const me = {
	title: () => t("me"),
	load: async () => {
		const [invitations, sessions] = await Promise.all([
			ifThere("/v1/users/me/invitations", "invitations"),
			ifThere("/v1/sessions", "sessions"), get("/v1/users/me")]);
		return { invitations, sessions };
	},
	view: (context, data) => html`<h1>${t("me")}</h1>
	${person(context.me.metadata.displayName,
		context.me.spec.email, context.me.emailProved ? pill(t("proved"))
			: pill(t("not.proved"), "warning"))}
	${data.invitations.length
		? invitationRows(context, data.invitations) : nothing}
	<h2>${t("memberships")}</h2>
	${list(t("memberships"), [[t("organization"), "main"],
		[t("projects"), "wide-only"], [t("role"), "tail"]], context.me.memberships.map((one) => [
		html`<a class="strong" href="#/o/${one.organization.name}"
			>${one.organization.displayName}</a>`,
		one.role === "admin" ? t("all.projects")
			: plural("n.projects", one.projects.length),
		t(`role.${one.role}`)]))}
	${data.sessions.length ? sessionRows(context, data.sessions) : nothing}`,
};

export const orgPages = { overview, projects, project, members, keys, licence,
	settings, search };
export const topPages = { me };
