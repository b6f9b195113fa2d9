// Members and those who are invited, in one list.
import { base, create } from "./api.js";
import { empty, formDialog, html, list, nothing, person, pill,
	problemText, rowMenu, secretDialog, time, toast } from "./ui.js";
import { mailPill } from "./mail.js";
import { number, plural, t } from "./words.js";
import { more } from "./start.js";
import { projectPicker } from "./pick.js";
import { filterField, lossBox, queryOf, removal } from "./projects.js";

const roles = () => ["user", "admin"].map((role) => [role, t(`role.${role}`)]);

// --- invite ------------------------------------------------------------------

const showLink = (email, link) => secretDialog({
	title: t("link.title", email), intro: t("link.intro"),
	value: String(new URL(link, base)), file: "invitation.txt" });

// Roles in projects: chosen has id -> { name, role }.  Chips, and a list to add
// one from.
const each = ["viewer", "user", "admin"];
const rolePicker = (context, chosen, hint) => projectPicker(context, {
	name: "add-project", label: t("add.project"), hint,
	first: ["", t("choose.project")],
	options: ({ metadata: { id, displayName } }) => chosen.has(id) ? []
		: each.map((role) => [`${id} ${role}`,
			`${displayName} · ${t(`role.${role}`)}`]),
	take: ([value, text]) => {
		const [id, role] = value.split(" ");
		chosen.set(id, { role, name: text.slice(0,
			text.lastIndexOf(" · ")) });
	} });

const projectChips = (chosen, redraw) => ({
	name: "projects",
	view: () => chosen.size ? html`<div class="chips" role="group"
		aria-label=${t("projects")}>${[...chosen].map(([id, { name, role }]) =>
		html`<span class="pill accent">${name} · ${t(`role.${role}`)} <button
		type="button" aria-label=${t("leave.out", name)} @click=${() => {
		chosen.delete(id);
		redraw();
	}}>×</button></span>`)}</div>` : nothing,
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
		body.projects = [...chosen].map(([id, { role }]) => ({ id, role }));
	return body;
};

const invite = async (context) => {
	const { features } = context.state;
	const choice = { delivery: features.mail ? "mail" : "link" };
	const chosen = new Map();
	const add = await rolePicker(context, chosen, t("projects.hint"));
	const made = await formDialog({
		title: t("invite.title"),
		fields: (redraw) => [
			{ name: "email", label: t("email"), type: "email", required: true,
				focus: true, placeholder: "name@example.org" },
			{ name: "role", label: t("role.in.organization"), type: "select",
				value: "user", options: roles() },
			projectChips(chosen, redraw), add(redraw),
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

// [project, role before, role now] of what differs.
const changesOf = (before, now) => [...new Set([...before.keys(),
	...now.keys()])].map((id) => [id, before.get(id)?.role ?? "",
	now.get(id)?.role ?? ""]).filter(([, was, is]) => was !== is);

const rolePath = (project, user) => `/v1/projects/${project}/users/${user}`;

// What ends with the roles that are taken away, before they are.
const mayTake = async (context, user, lost) => {
	const answers = await Promise.all(lost.map(([id]) => context.call("DELETE",
		`${rolePath(id, user.metadata.id)}?dryRun=true`, { quiet: true })));
	const sum = { wouldRemove: {}, keys: [] };
	for (const { data } of answers) {
		sum.keys.push(...data.keys);
		for (const [name, n] of Object.entries(data.wouldRemove))
			sum.wouldRemove[name] = (sum.wouldRemove[name] ?? 0) + n;
	}
	return formDialog({ title: plural("take.roles", lost.length),
		intro: t("take.roles.intro", user.metadata.displayName),
		body: () => lossBox(sum), verb: t("take.away"), keep: t("keep"),
		isDanger: true });
};

const applyRoles = async (context, user, before, now) => {
	const changes = changesOf(before, now);
	const lost = changes.filter(([, , role]) => !role);
	if (lost.length && !await mayTake(context, user, lost))
		return;
	for (const [id, , role] of changes)
		await context.call(role ? "PUT" : "DELETE",
			rolePath(id, user.metadata.id), role ? { body: { role } } : {});
	if (changes.length)
		toast(t("saved.of", user.metadata.displayName));
};

// The service tells ids and roles alone.
const rolesOf = async (context, user) => {
	const { data } = await context.get(
		`/v1/organizations/users/${user.metadata.id}`, { quiet: true });
	return new Map(await Promise.all(data.projects.map(async ({ id, role }) =>
		[id, { role, name: (await context.get(`/v1/projects/${id}`,
			{ quiet: true })).data.account.metadata.displayName }])));
};

const roleField = (now, id, name, redraw) => ({
	name: id, label: name, type: "select", value: now.get(id)?.role ?? "",
	options: [["", t("role.none")], ...each.map((role) =>
		[role, t(`role.${role}`)])],
	input: (role) => {
		now.set(id, { role, name });
		redraw();
	} });

const editProjects = async (context, user) => {
	try {
		const before = await rolesOf(context, user);
		const now = new Map(before);
		const add = await rolePicker(context, now);
		const done = await formDialog({
			title: t("projects.of", user.metadata.displayName),
			intro: t("projects.of.intro"),
			fields: (redraw) => [...[...now].map(([id, { name }]) =>
				roleField(now, id, name, redraw)), add(redraw)],
			verb: t("save"),
		});
		if (done)
			await applyRoles(context, user, before, now);
	} catch (error) {
		toast(problemText(error));
	}
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
			show === "members" ? none : context.get("/v1/invitations" +
				`?state=pending&limit=100${queryOf(context)}`,
				{ quiet: true }),
			context.get(`/v1/organizations/${context.org}/license`,
				{ quiet: true })]);
		return { rows: users.data.users, next: users.next, show,
			invited: { rows: invitations.data.invitations,
				next: invitations.next },
			licence: licence.data.license };
	},
	view: (context, data) => {
		const { usage, limits } = data.licence;
		const isFull = limits?.users &&
			usage.users + usage.invited >= limits.users;
		const rows = [...data.rows.map((one) => memberRow(context, one)),
			...data.next ? [] : data.invited.rows.map((one) =>
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
		${data.next ? more(context, data, "users", { org: context.id })
			: more(context, data.invited, "invitations",
				{ org: context.id })}`;
	},
};
