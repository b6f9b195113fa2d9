// API keys: one's own and those of the organization.
import { base, create } from "./api.js";
import { code, empty, formDialog, html, list, nothing, pill,
	rowMenu, secretDialog, time, toast } from "./ui.js";
import { t } from "./words.js";
import { more } from "./start.js";
import { projectPicker } from "./pick.js";
import { removal } from "./projects.js";

const DAY = 86400;

const showKey = ({ apiKey, key }) => secretDialog({
	title: t("key.title", apiKey.spec.description), intro: t("key.intro"),
	value: key, file: "tenantry-key.txt",
	more: html`<p class="muted">${t("try.it")}</p>${code(
		`curl -H "X-Api-Key: ${key}" ${new URL("v1/projects", base)}`)}`,
});

const bodyOf = (values) => {
	const body = { description: values.description };
	for (const name of ["role", "projectId"])
		if (values[name])
			body[name] = values[name];
	if (values.owner === "organization") {
		body.owner = "organization";
		if (values.manage)
			body.manage = true;
	}
	if (values.days !== "0")
		body.expiresIn = Number(values.days) * DAY;
	return body;
};

const fieldsOf = (context, project, choice, redraw) => [
	{ name: "description", label: t("what.for"), required: true, focus: true,
		placeholder: t("key.example") },
	...context.isAdmin ? [{ name: "owner", label: t("belongs.to"),
		type: "choice", value: choice.owner,
		options: [["me", t("to.me")], ["organization", t("to.organization")]],
		hint: t(`owner.${choice.owner}`),
		input: (value) => {
			choice.owner = value;
			redraw();
		} }] : [],
	{ name: "role", label: t("role"), type: "select", value: "",
		options: [["", t(choice.owner === "me" ? "role.mine"
			: "role.default")], ...["viewer", "user", "admin"].map((role) =>
			[role, t(`role.${role}`)])] },
	project(redraw),
	{ name: "days", label: t("ends"), type: "select", value: "90",
		options: [["30", t("in.days", 30)], ["90", t("in.days", 90)],
			["365", t("in.days", 365)], ["0", t("never")]] },
	...choice.owner === "organization" ? [{ name: "manage",
		label: t("may.manage"), type: "check", hint: t("may.manage.hint") }] : [],
];

export const newKey = async (context) => {
	const choice = { owner: context.query.get("owner") ?? "me" };
	const project = await projectPicker(context, { name: "projectId",
		label: t("only.project"), first: ["", t("whole.organization")] });
	const made = await formDialog({
		title: t("new.key"),
		fields: (redraw) => fieldsOf(context, project, choice, redraw),
		verb: t("create.key"),
		submit: async (values) => (await create("/v1/api-keys", bodyOf(values),
			{ org: context.id })).data,
	});
	if (!made)
		return;
	await showKey(made);
	toast(t("key.made"));
	context.reload();
};

const rotate = async (context, one) => {
	let ends = "86400";
	const isAtOnce = () => ends === "0";
	const made = await formDialog({
		title: t("rotate.title", one.spec.description),
		intro: t("rotate.intro"),
		body: () => isAtOnce() ? html`<p class="loss" role="status"
			>${t("rotate.at.once")} ${one.status.lastUsedOn
				? html`${t("last.used.head")}: ${time(one.status.lastUsedOn)}.`
				: nothing}</p>` : nothing,
		fields: (redraw) => [{ name: "overlap", label: t("old.ends"),
			type: "select", value: "86400", options: [["0", t("at.once")],
				["3600", t("in.hour")], ["86400", t("in.day")],
				["604800", t("in.days", 7)]],
			input: (value) => {
				ends = value;
				redraw();
			} }],
		isDanger: isAtOnce,
		verb: t("rotate"),
		submit: async ({ overlap }) => (await context.call("POST",
			`/v1/api-keys/${one.metadata.id}/rotate`,
			{ body: { overlap: Number(overlap) } })).data,
	});
	if (!made)
		return;
	await showKey(made);
	context.reload();
};

const describe = async (context, one) => {
	const path = `/v1/api-keys/${one.metadata.id}`;
	const set = async (description) => {
		await context.call("PATCH", path, { body: { description } });
		context.reload();
	};
	const done = await formDialog({
		title: t("rename.of", one.spec.description),
		fields: [{ name: "description", label: t("what.for"), required: true,
			value: one.spec.description, focus: true }],
		verb: t("rename"), submit: ({ description }) => set(description),
	});
	if (done)
		toast(t("renamed"), () => set(one.spec.description));
};

const revoke = async (context, one) => {
	if (await removal(context, { path: `/v1/api-keys/${one.metadata.id}`,
		title: t("revoke.title", one.spec.description),
		intro: t("revoke.intro"), verb: t("revoke"),
		done: t("revoked", one.spec.description) }))
		context.reload();
};

const stateKinds = { active: "accent", expiring: "warning", expired: "danger",
	rotated: "" };

const rowOf = (context, one, place) => {
	const { hint, role, expiresAt } = one.spec;
	const description = one.spec.description || t("no.name");
	const { state, lastUsedOn } = one.status;
	return [
		html`<strong>${description}</strong> ${state === "active" ? nothing
			: pill(t(`state.${state}`), stateKinds[state])}
		<div class="sub"><span class="mono">tny_…${hint}</span>
		${place(one) ? html` · ${place(one)}` : nothing}</div>`,
		role ? t(`role.${role}`) : t("role.mine"),
		expiresAt ? time(expiresAt) : t("never"),
		lastUsedOn ? time(lastUsedOn) : t("never"),
		rowMenu(description, [
			state !== "rotated" && state !== "expired" &&
				[t("rotate"), () => rotate(context, one)],
			[t("rename"), () => describe(context, one)],
			[t("revoke"), () => revoke(context, one), "red"]]),
	];
};

// place(key): what it is for besides, in words.
export const keyRows = (context, rows, place) => list(t("keys"),
	[[t("what.for"), "main"], [t("role"), "wide-only"], [t("ends"), "side"],
		[t("last.used.head"), "wide-only"], ["", "tail"]],
	rows.map((one) => rowOf(context, one, place)));

// The id, until its name is there.
const projectName = (context, names, id) => {
	if (!(id in names)) {
		names[id] = id;
		context.get(`/v1/projects/${id}`, { quiet: true }).then(({ data }) => {
			names[id] = data.account.metadata.displayName;
			context.draw();
		}, () => {});
	}
	return names[id];
};

export const keys = {
	title: () => t("keys"),
	inList: true,
	create: newKey,
	load: async (context) => {
		const owner = context.query.get("owner") ?? "me";
		const answer = await context.get(
			`/v1/api-keys?owner=${owner}&limit=100`);
		return { owner, rows: answer.data.apiKeys, next: answer.next,
			projects: {} };
	},
	view: (context, data) => html`<div class="head-line"><h1>${t("keys")}</h1>
	<button type="button" class="primary" @click=${() => newKey(context)}
		>${t("new.key")} <kbd aria-hidden="true">n</kbd></button></div>
	${context.isAdmin ? html`<div class="tools"><div class="segments"
		role="group" aria-label=${t("which")}>${["me", "organization"].map(
		(owner) => html`<a href="#/o/${context.org}/keys?owner=${owner}"
			aria-current=${owner === data.owner ? "true" : nothing}><span
			>${t(owner === "me" ? "mine" : "of.organization")}</span></a>`)}
	</div></div>` : nothing}
	${data.rows.length ? keyRows(context, data.rows, ({ spec }) =>
		spec.projectId && projectName(context, data.projects, spec.projectId))
		: empty(t("no.keys"), t("begin.text"), html`<button type="button"
			class="primary" @click=${() => newKey(context)}
			>${t("create.key")}</button>`)}
	${more(context, data, "apiKeys", { org: context.id })}`,
};
