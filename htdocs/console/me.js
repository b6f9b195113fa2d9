// Oneself: name, password, invitations, memberships, sessions.
import { call, confirmPassword, get, post, saveFile } from "./api.js";
import { act } from "./settings.js";
import { keyRows } from "./keys.js";
import { formDialog, html, list, nothing, person, pill, problemText,
	time, toast } from "./ui.js";
import { lossBox } from "./projects.js";
import { changeAddress } from "./mail.js";
import { more } from "./start.js";
import { moment, plural, t } from "./words.js";

// --- name and password -------------------------------------------------------

const setName = async (context, displayName) => {
	await call("PATCH", "/v1/users/me", { body: { displayName } });
	await context.refresh();
	context.reload();
};

const rename = async (context) => {
	const before = context.me.metadata.displayName;
	const done = await formDialog({
		title: t("name.change"),
		fields: [{ name: "displayName", label: t("your.name"), value: before,
			autocomplete: "name", required: true, focus: true,
			hint: t("name.hint") }],
		verb: t("save"),
		submit: ({ displayName }) => setName(context, displayName),
	});
	if (done)
		toast(t("changes.saved"), () => setName(context, before));
};

const passwordField = (name, label, autocomplete) => ({ name, label,
	autocomplete, type: "password", required: true });

const setPassword = async (body) => {
	try {
		await call("PUT", "/v1/users/me/password", { body, quiet: true });
	} catch (error) {
		if (error.code === "bad-field")
			error.code = "weak-password";
		throw error;
	}
};

// The password of now is confirmed first: the change itself then needs no
// second dialog, however old the session is.
const changePassword = async (context) => {
	const done = await formDialog({
		title: t("change.password"), intro: t("password.ends"),
		fields: [
			{ ...passwordField("current", t("password.now"),
				"current-password"), focus: true },
			{ ...passwordField("new", t("password.new"), "new-password"),
				hint: t("password.rule") },
		],
		types: { "wrong-password": "current", "weak-password": "new" },
		verb: t("change.password"),
		submit: async (values) => {
			await confirmPassword(values.current);
			await setPassword(values);
		},
	});
	if (!done)
		return;
	toast(t("password.changed"));
	context.reload();
};

const head = (context) => {
	const { metadata, spec } = context.me;
	return html`<div class="head-line">${person(metadata.displayName,
		spec.email, context.me.emailProved ? pill(t("proved"))
			: pill(t("not.proved"), "warning"))}
	<div class="buttons"><button type="button" @click=${() => rename(context)}
		>${t("name.change")}</button><button type="button"
		@click=${() => changePassword(context)}>${t("change.password")}
	</button>${context.state.features.mail ? html`<button type="button"
		@click=${changeAddress}>${t("address.change")}</button>` : nothing}
	</div></div>`;
};

// --- invitations -------------------------------------------------------------

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

// --- sessions ----------------------------------------------------------------

const endSession = async (context, one) => {
	try {
		await call("DELETE", `/v1/sessions/${one.id}`);
		toast(t("session.closed"));
	} catch (error) {
		toast(problemText(error));
	}
	context.reload();
};

const endAll = async (context) => {
	const done = await formDialog({
		title: t("everywhere.title"), intro: t("everywhere.intro"),
		verb: t("sign.out.everywhere"), keep: t("stay"), isDanger: true,
		submit: () => call("DELETE", "/v1/sessions", { quiet: true }),
	});
	if (done)
		context.forget(t("everywhere.done"));
};

// The one of this page is ended by the menu, as everywhere.
const sessionRow = (context, one) => [
	html`${moment(one.createdAt)} ${one.current ? pill(t("this.one"), "accent")
		: nothing}`,
	time(one.lastSeenAt),
	one.current ? nothing : html`<button type="button"
		aria-label=${t("session.of", moment(one.createdAt))}
		@click=${() => endSession(context, one)}>${t("sign.out")}</button>`];

const sessionRows = (context, sessions) => html`<h2>${t("sessions")}</h2>
	${list(t("sessions"), [[t("since"), "main"], [t("last.seen"), "wide-only"],
		["", "tail"]], sessions.map((one) => sessionRow(context, one)))}
	<p><button type="button" class="danger-plain" @click=${() =>
		endAll(context)}>${t("sign.out.everywhere")}</button></p>`;

// --- export and erase --------------------------------------------------------

const exportMe = async () => {
	try {
		const { data } = await get("/v1/users/me/export",
			{ accept: "application/json" });
		saveFile([data], "tenantry.json", "application/json");
	} catch (error) {
		toast(problemText(error));
	}
};

// It goes on where a request was not enough.
const eraseAll = async (body) => {
	for (;;)
		try {
			return await post("/v1/users/me/erase", body, { quiet: true });
		} catch (error) {
			if (error.code !== "busy")
				throw error;
		}
};

const eraseMe = async (context) => {
	const login = context.me.spec.email;
	let dry;
	try {
		dry = (await post("/v1/users/me/erase?dryRun=true", {},
			{ quiet: true })).data;
	} catch (error) {
		return toast(problemText(error));
	}
	if (dry.lastAdminOf.length)
		return toast(t("erase.alone",
			dry.lastAdminOf.map((one) => one.displayName).join(", ")));
	const { memberships: members, ...others } = dry.removed;
	const done = await formDialog({
		title: t("erase.title"), intro: t("erase.intro"),
		body: () => lossBox({ wouldRemove: { members, ...others } }),
		fields: [
			{ name: "confirm", label: html`${t("type")} <span class="mono"
				>${login}</span> ${t("to.confirm")}`, required: true,
			isMono: true, focus: true },
			{ ...passwordField("password", t("your.password"),
				"current-password") },
		],
		types: { confirm: "confirm", "wrong-password": "password" },
		verb: t("erase.me"), keep: t("stay"), isDanger: true,
		submit: async (values) => {
			if (values.confirm.toLowerCase() !== login.toLowerCase())
				throw Object.assign(new Error(t("login.differs")),
					{ code: "confirm" });
			await confirmPassword(values.password);
			await eraseAll(values);
		},
	});
	if (done)
		context.forget(t("erase.done"));
};

// One's own keys are the same in all of one's organizations; one must be named.
const someOrganization = ({ me }) => me.memberships[0]?.organization.id;

// Of a key.
const organizationOf = ({ me: { memberships } }) => ({ spec }) =>
	memberships.find((one) => one.organization.id === spec.organizationId)
		?.organization.displayName;

// --- the page ----------------------------------------------------------------

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

export const me = {
	title: () => t("me"),
	load: async (context) => {
		const [keys, invitations, sessions] = await Promise.all([
			someOrganization(context) ? get("/v1/api-keys?owner=me&limit=100",
				{ quiet: true, org: someOrganization(context) })
				: { data: { apiKeys: [] } },
			ifThere("/v1/users/me/invitations", "invitations"),
			ifThere("/v1/sessions", "sessions"), get("/v1/users/me")]);
		return { invitations, sessions, shown: 100,
			keys: { rows: keys.data.apiKeys, next: keys.next } };
	},
	view: (context, data) => html`<h1>${t("me")}</h1>${head(context)}
	${data.invitations.length
		? invitationRows(context, data.invitations) : nothing}
	<h2>${t("memberships")}</h2>
	${list(t("memberships"), [[t("organization"), "main"],
		[t("projects"), "wide-only"], [t("role"), "tail"]],
	context.me.memberships.slice(0, data.shown).map((one) => [
		html`<a class="strong" href="#/o/${one.organization.name}"
			>${one.organization.displayName}</a>`,
		one.role === "admin" ? t("all.projects")
			: plural("n.projects", one.projects.length),
		t(`role.${one.role}`)]))}
	${data.shown < context.me.memberships.length ? html`<button type="button"
		class="wide" @click=${() => {
		data.shown += 100;
		context.draw();
	}}>${t("load.more")}</button>` : nothing}
	${data.keys.rows.length ? html`<h2>${t("your.keys")}</h2>
		${keyRows(context, data.keys.rows, organizationOf(context))}
		${more(context, data.keys, "apiKeys",
			{ org: someOrganization(context) })}` : nothing}
	${data.sessions.length ? sessionRows(context, data.sessions) : nothing}
	${act(t("export.me"), t("export.me.intro"), t("export"), exportMe, "")}
	${act(t("erase.head"), t("erase.intro"), t("erase.me"),
		() => eraseMe(context), "danger-plain")}`,
};
