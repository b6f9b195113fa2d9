// Members and those who are invited, in one list.
import { base, create } from "./api.js";
import { empty, formDialog, html, list, nothing, person, pill,
	problemText, rowMenu, secretDialog, time, toast } from "./ui.js";
import { mailPill } from "./mail.js";
import { number, plural, t } from "./words.js";
import { more } from "./start.js";
import { filterField, queryOf, removal } from "./projects.js";

const roles = () => ["user", "admin"].map((role) => [role, t(`role.${role}`)]);

// --- invite ------------------------------------------------------------------

const showLink = (email, link) => secretDialog({
	title: t("link.title", email), intro: t("link.intro"),
	value: String(new URL(link, base)), file: "invitation.txt" });

// Chips, and a list to add one from.
const projectField = (projects, chosen, redraw) => ({
	name: "projects",
	view: () => html`<div class="field"><label for="f-add-project"
		>${t("projects")}</label><div class="chips">
	${[...chosen].map(([id, role]) => html`<span class="pill accent"
		>${projects.find((one) => one.metadata.id === id)
			?.metadata.displayName} · ${t(`role.${role}`)}
	<button type="button" aria-label=${t("leave.out", projects.find((one) =>
		one.metadata.id === id)?.metadata.displayName)} @click=${() => {
		chosen.delete(id);
		redraw();
	}}>×</button></span>`)}
	<select id="f-add-project" class="quiet" @change=${(event) => {
		const [id, role] = event.target.value.split(" ");
		if (id)
			chosen.set(id, role);
		event.target.value = "";
		redraw();
	}}><option value="">${t("add.project")}</option>
	${projects.filter((one) => !chosen.has(one.metadata.id)).map((one) =>
		html`<optgroup label=${one.metadata.displayName}>${["viewer", "user",
			"admin"].map((role) => html`<option value="${one.metadata.id} ${role}"
			>${one.metadata.displayName} · ${t(`role.${role}`)}</option>`)}
		</optgroup>`)}</select></div>
	<p class="hint">${t("projects.hint")}</p></div>`,
});

const deliveryField = (features, choice, redraw) => ({
	name: "delivery", label: t("how"), type: "choice", value: choice.delivery,
	options: [["mail", t("by.mail"), features.mail === false],
		["link", t("by.link"), features.mail && features.links === false]],
	input: (value) => {
		choice.delivery = value;
		redraw();
	},
	hint: features.mail === false ? t("mail.off")
		: choice.delivery === "link" ? t("link.hint") : t("mail.hint"),
});

const invitation = (values, choice, chosen) => {
	const body = { email: values.email.trim(), role: values.role,
		delivery: choice.delivery };
	if (chosen.size)
		body.projects = [...chosen].map(([id, role]) => ({ id, role }));
	return body;
};

const invite = async (context) => {
	const { features } = context.state;
	const choice = { delivery: features.mail ? "mail" : "link" };
	const chosen = new Map();
	const { data } = await context.get("/v1/projects?limit=100",
		{ quiet: true });
	const made = await formDialog({
		title: t("invite.title"),
		fields: (redraw) => [
			{ name: "email", label: t("email"), type: "email", required: true,
				focus: true, placeholder: "name@example.org" },
			{ name: "role", label: t("role.in.organization"), type: "select",
				value: "user", options: roles() },
			projectField(data.accounts, chosen, redraw),
			deliveryField(features, choice, redraw),
		],
		types: { "already-a-member": "email", "already-invited": "email" },
		verb: () => t(choice.delivery === "link" ? "create.link" : "send"),
		submit: async (values) => (await create("/v1/invitations",
			invitation(values, choice, chosen), { org: context.id })).data,
	});
	if (!made)
		return;
	const { email } = made.invitation.spec;
	if (made.link)
		await showLink(email, made.link);
	toast(t("invited.now", email));
	context.reload();
};

const again = async (context, one, delivery) => {
	try {
		const { data } = await context.call("POST",
			`/v1/invitations/${one.metadata.id}/resend`, { body: { delivery } });
		if (data.link)
			await showLink(one.spec.email, data.link);
		else
			toast(t("sent.again", one.spec.email));
	} catch (error) {
		toast(problemText(error));
	}
	context.reload();
};

const withdraw = async (context, one) => {
	if (await removal(context, { path: `/v1/invitations/${one.metadata.id}`,
		title: t("withdraw.title", one.spec.email), intro: t("withdraw.intro"),
		verb: t("withdraw"), done: t("withdrawn", one.spec.email) }))
		context.reload();
};

// --- members -----------------------------------------------------------------

const setRole = async (context, user, role) => {
	const path = `/v1/organizations/users/${user.metadata.id}`;
	const before = user.spec.role;
	const set = async (value) => {
		await context.call("PATCH", path, { body: { role: value } });
		if (user.metadata.id === context.me.metadata.id)
			await context.refresh();
		context.reload();
	};
	try {
		await set(role);
		toast(t("role.now", user.metadata.displayName, t(`role.${role}`)),
			() => set(before));
	} catch (error) {
		toast(problemText(error));
		user.spec.role = "";
		context.draw();
		user.spec.role = before;
		context.draw();
	}
};

const remove = async (context, user) => {
	const { id, displayName } = user.metadata;
	if (await removal(context, { path: `/v1/organizations/users/${id}`,
		title: t("remove.title", displayName, context.name),
		intro: t("remove.intro"), verb: t("remove.member"),
		done: t("removed.of", displayName) }))
		context.reload();
};

const applyRoles = async (context, id, before, values) => {
	for (const [projectId, role] of Object.entries(values)) {
		const path = `/v1/projects/${projectId}/users/${id}`;
		if (role === (before[projectId] ?? ""))
			continue;
		await context.call(role ? "PUT" : "DELETE", path,
			{ body: role ? { role } : undefined });
	}
};

const editProjects = async (context, user) => {
	const { id, displayName } = user.metadata;
	const [all, one] = await Promise.all([
		context.get("/v1/projects?limit=100", { quiet: true }),
		context.get(`/v1/organizations/users/${id}`, { quiet: true })]);
	const before = Object.fromEntries(one.data.projects.map((project) =>
		[project.id, project.role]));
	const done = await formDialog({
		title: t("projects.of", displayName), intro: t("projects.of.intro"),
		fields: all.data.accounts.map((project) => ({
			name: project.metadata.id, label: project.metadata.displayName,
			type: "select", value: before[project.metadata.id] ?? "",
			options: [["", t("role.none")], ...["viewer", "user", "admin"]
				.map((role) => [role, t(`role.${role}`)])] })),
		verb: t("save"),
		submit: (values) => applyRoles(context, id, before, values),
	});
	if (done)
		toast(t("saved.of", displayName));
};

// --- the list ----------------------------------------------------------------

const memberRow = (context, user) => {
	const { id, displayName } = user.metadata;
	const isMe = id === context.me.metadata.id;
	return [
		person(displayName, user.spec.email,
			isMe ? pill(t("you"), "accent") : nothing),
		html`<select class="quiet" aria-label=${t("role.of", displayName)}
			@change=${(event) => setRole(context, user, event.target.value)}>
		${roles().map(([value, text]) => html`<option value=${value}
			.selected=${value === user.spec.role}>${text}</option>`)}</select>`,
		user.spec.role === "admin" ? t("all.projects") : html`<button
			type="button" class="plain" @click=${() => editProjects(context, user)}
			>${t("projects.dots")}</button>`,
		nothing,
		rowMenu(displayName, [
			[t("projects.dots"), () => editProjects(context, user)],
			!isMe && [t("remove.member"), () => remove(context, user), "red"]]),
	];
};

const invitedRow = (context, one) => {
	const { features } = context.state;
	const { email, role, projects } = one.spec;
	return [
		person(email, html`${t("invited.by",
			one.status.invitedBy.displayName)}, ${t("expires")}
			${time(one.status.expiresAt)}`, nothing, "?"),
		t(`role.${role}`),
		projects.length ? plural("n.projects", projects.length) : nothing,
		html`${pill(t("invited"), "warning")} ${mailPill(one.status)}`,
		rowMenu(email, [
			(!features.mail || features.links) && [t("new.link"),
				() => again(context, one, "link")],
			features.mail && [t("send.again"),
				() => again(context, one, "mail")],
			[t("withdraw"), () => withdraw(context, one), "red"]]),
	];
};

const shows = ["all", "members", "invited"];

export const members = {
	title: () => t("members"),
	inList: true,
	isForAdmins: true,
	create: invite,
	load: async (context) => {
		const none = { data: { users: [], invitations: [] } };
		const show = context.query.get("show") ?? "all";
		const [users, invitations, licence] = await Promise.all([
			show === "invited" ? none : context.get(
				`/v1/organizations/users?limit=100${queryOf(context)}`),
			show === "members" || context.query.get("q") ? none : context.get(
				"/v1/invitations?state=pending&limit=100", { quiet: true }),
			context.get(`/v1/organizations/${context.org}/license`,
				{ quiet: true })]);
		return { rows: users.data.users, next: users.next, show,
			invitations: invitations.data.invitations,
			licence: licence.data.license };
	},
	view: (context, data) => {
		const { usage, limits } = data.licence;
		const isFull = limits?.users &&
			usage.users + usage.invited >= limits.users;
		const rows = [...data.rows.map((one) => memberRow(context, one)),
			...data.next ? [] : data.invitations.map((one) =>
				invitedRow(context, one))];
		return html`<div class="head-line"><div><h1>${t("members")}</h1>
		${usage ? html`<p class="muted">${limits.users ? t("seats",
			number(usage.users), number(limits.users))
			: plural("n.members", usage.users)}${usage.invited ? `, ${t("n.invited",
			number(usage.invited))}` : ""}</p>` : nothing}</div>
		<button type="button" class="primary" ?disabled=${isFull}
			@click=${() => invite(context)}>${t("invite")} <kbd
			aria-hidden="true">n</kbd></button></div>
		${isFull ? html`<p class="notice warning">${t("seats.full")}
			<a href="#/o/${context.org}/licence">${t("to.licence")}</a></p>`
			: nothing}
		<div class="tools"><div class="segments" role="group"
			aria-label=${t("which")}>${shows.map((show) => html`<a
			href="#/o/${context.org}/members?show=${show}" aria-current=${
				show === data.show ? "true" : nothing}><span>${t(show)}</span></a>`)}
		</div><span class="space"></span>${filterField(context,
			`#/o/${context.org}/members`, t("find.person"))}</div>
		${rows.length ? list(t("members"), [[t("person"), "main"],
			[t("role"), "side"], [t("projects"), "wide-only"],
			[t("state"), "side"], ["", "tail"]], rows)
			: empty(t("nobody"), t("invite.text"))}
		${more(context, data, "users", { org: context.id })}`;
	},
};
