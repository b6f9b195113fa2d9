// Projects: the list, one project and who is in it.
import { create } from "./api.js";
import { empty, formDialog, html, list, nothing, person,
	problemText, rowMenu, time, toast } from "./ui.js";
import { has, plural, t } from "./words.js";
import { memberPicker } from "./pick.js";
import { more } from "./start.js";

const nameTypes = { "name-in-use": "displayName" };

export const newProject = async (context) => {
	const made = await formDialog({
		title: t("new.project"), intro: t("new.project.intro"),
		fields: [{ name: "displayName", label: t("name"), required: true,
			focus: true }],
		types: nameTypes, verb: t("create.project"),
		submit: async (values) => (await create("/v1/projects", values,
			{ org: context.id })).data.account,
	});
	if (!made)
		return;
	await context.refresh();
	toast(t("project.made", made.metadata.displayName));
	context.reload();
};

const change = async (context, id, body) => {
	await context.call("PATCH", `/v1/projects/${id}`, { body });
	context.reload();
};

const rename = async (context, { metadata }) => {
	const { id, displayName } = metadata;
	const done = await formDialog({
		title: t("rename.of", displayName),
		fields: [{ name: "displayName", label: t("name"), required: true,
			value: displayName, focus: true }],
		types: nameTypes, verb: t("rename"),
		submit: (values) => change(context, id, values),
	});
	if (done)
		toast(t("renamed"), () => change(context, id, { displayName }));
};

// What an act would take away, from its dry run.
const lossLines = (dry) => {
	const lines = Object.entries(dry.wouldRemove ?? {})
		.filter(([name, n]) => n > 0 && has(`loss.${name}.many`))
		.map(([name, n]) => html`<li>${plural(`loss.${name}`, n)}</li>`);
	const used = (dry.keys ?? []).slice(0, 5).map((key) => html`<li>
		${t("loss.key")} <span class="mono">…${key.hint}</span>
		${key.description}${key.lastUsedOn
			? html`, ${t("last.used")} ${time(key.lastUsedOn)}` : nothing}</li>`);
	if (dry.usersWithoutOrganization)
		lines.push(html`<li>${plural("loss.left",
			dry.usersWithoutOrganization)}</li>`);
	return [...lines, ...used];
};

export const lossBox = (dry) => {
	const lines = lossLines(dry);
	return lines.length ? html`<ul class="loss">${lines}</ul>` : nothing;
};

// The dry run first, then a button that says what it does.
export const removal = async (context, { path, method = "DELETE", body, title,
	intro, verb, done, keep }) => {
	let dry;
	try {
		dry = (await context.call(method, `${path}?dryRun=true`,
			{ quiet: true, body })).data;
	} catch (error) {
		return toast(problemText(error));
	}
	const answer = await formDialog({ title, intro, verb, keep: keep ??
		t("keep"), isDanger: true, body: () => lossBox(dry),
	submit: () => context.call(method, path, { body }) });
	if (answer)
		toast(done);
	return answer;
};

const remove = async (context, { metadata }) => {
	if (await removal(context, { path: `/v1/projects/${metadata.id}`,
		title: t("delete.title", metadata.displayName),
		intro: t("delete.project.intro"), verb: t("delete.project"),
		done: t("deleted.of", metadata.displayName) }))
		context.go(`#/o/${context.org}/projects`);
};

export const projectRows = (context, data) => list(t("projects"),
	[[t("name"), "main"], [t("changed"), "wide-only"], ["", "tail"]],
	data.rows.map((one) => [
		html`<a class="strong" href="#/o/${context.org}/project/${
			one.metadata.id}">${one.metadata.displayName}</a>
		<div class="sub mono">${one.metadata.name}</div>`,
		time(one.metadata.dateModified),
		context.isAdmin ? rowMenu(one.metadata.displayName, [
			[t("rename"), () => rename(context, one)],
			[t("delete.project"), () => remove(context, one), "red"]])
			: nothing]));

// A filter that the service applies; typing waits a little.  Who has gone on to
// another page meanwhile stays there.
let typing = 0;
export const filterField = (context, page, label) => html`<input type="search"
	class="filter" aria-label=${label} placeholder=${label}
	.defaultValue=${context.query.get("q") ?? ""} @input=${(event) => {
		clearTimeout(typing);
		const q = event.target.value.trim(), from = location.hash;
		typing = setTimeout(() => location.hash === from &&
			context.go(`${page}${q ? `${page.includes("?") ? "&" : "?"
				}q=${encodeURIComponent(q)}` : ""}`), 300);
	}}>`;

export const queryOf = (context) => context.query.get("q")
	? `&q=${encodeURIComponent(context.query.get("q"))}` : "";

export const projects = {
	title: () => t("projects"),
	inList: true,
	create: (context) => newProject(context),
	load: async (context) => {
		const answer = await context.get(
			`/v1/projects?limit=100${queryOf(context)}`);
		return { rows: answer.data.accounts, next: answer.next };
	},
	view: (context, data) => html`<div class="head-line"><h1>${t("projects")}
	</h1>${context.isAdmin ? html`<button type="button" class="primary"
		@click=${() => newProject(context)}>${t("new.project")} <kbd
		aria-hidden="true">n</kbd></button>` : nothing}</div>
	<div class="tools"><span class="space"></span>${filterField(context,
		`#/o/${context.org}/projects`, t("find.project"))}</div>
	${data.rows.length ? projectRows(context, data)
		: empty(t("no.projects"), t("no.projects.text"))}
	${more(context, data, "accounts", { org: context.id })}`,
};

// --- one ---------------------------------------------------------------------

const roles = () => ["admin", "user", "viewer"].map((role) =>
	[role, t(`role.${role}`)]);

const setRole = async (context, id, user, role) => {
	const path = `/v1/projects/${id}/users/${user.metadata.id}`;
	const before = user.spec.role;
	try {
		await context.call("PUT", path, { body: { role } });
	} catch (error) {
		toast(problemText(error));
		return context.reload();
	}
	toast(t("role.now", user.metadata.displayName, t(`role.${role}`)),
		before && (async () => {
			await context.call("PUT", path, { body: { role: before } });
			context.reload();
		}));
	context.reload();
};

const removeUser = async (context, id, user) => {
	if (await removal(context, {
		path: `/v1/projects/${id}/users/${user.metadata.id}`,
		title: t("remove.from.project", user.metadata.displayName),
		intro: t("remove.from.project.intro"), verb: t("remove"),
		done: t("removed.of", user.metadata.displayName) }))
		context.reload();
};

const addPerson = async (context, data) => {
	const person = await memberPicker(context, { name: "user",
		label: t("person"),
		leftOut: new Set(data.rows.map((one) => one.metadata.id)) });
	const { isEmpty } = person();
	const done = await formDialog({
		title: t("add.person"), intro: isEmpty ? t("all.are.in") : undefined,
		fields: (redraw) => isEmpty ? [] : [person(redraw),
			{ name: "role", label: t("role"), type: "select", value: "user",
				options: roles() }],
		verb: t(isEmpty ? "close" : "add"),
		submit: async ({ user, role }) => user && context.call("PUT",
			`/v1/projects/${data.project.metadata.id}/users/${user}`,
			{ body: { role } }),
	});
	if (done)
		context.reload();
};

export const project = {
	title: () => t("project"),
	create: (context, data) => addPerson(context, data),
	load: async (context, id) => {
		const one = await context.get(`/v1/projects/${id}`);
		let users = { data: { users: [] } };
		try {
			users = await context.get(`/v1/projects/${id}/users?limit=100`,
				{ quiet: true });
		} catch (error) {
			if (error.status !== 403)
				throw error;
			return { project: one.data.account, rows: null };
		}
		return { project: one.data.account, rows: users.data.users,
			next: users.next };
	},
	view: (context, data) => {
		const { displayName, name, id } = data.project.metadata;
		return html`<div class="head-line"><div><h1>${displayName}</h1>
		<p class="muted"><span class="mono">${name}</span> · <span class="mono"
			>${id}</span></p></div>
		${data.rows ? html`<div class="buttons"><button type="button"
			@click=${() => rename(context, data.project)}>${t("rename")}</button>
		<button type="button" class="primary" @click=${() => addPerson(
			context, data)}>${t("add.person")}</button></div>` : nothing}</div>
		${!data.rows ? html`<p class="muted">${t("not.project.admin")}</p>`
			: data.rows.length ? list(t("people"), [[t("person"), "main"],
				[t("role"), "tail"], ["", "tail"]], data.rows.map((user) => [
				person(user.metadata.displayName, user.spec.email),
				html`<select class="quiet" aria-label=${t("role.of",
					user.metadata.displayName)} @change=${(event) => setRole(
					context, id, user, event.target.value)}>
				${roles().map(([value, text]) => html`<option value=${value}
					?selected=${value === user.spec.role}>${text}</option>`)}
				</select>`,
				rowMenu(user.metadata.displayName, [[t("remove"), () =>
					removeUser(context, id, user), "red"]])]))
				: empty(t("nobody"), t("nobody.text"))}
		${data.rows ? more(context, data, "users", { org: context.id })
			: nothing}`;
	},
};
