// Before an organization: sign in, accept an invitation, the list of
// organizations, the first one.
import { call, create, curlOf, get, post } from "./api.js";
import { code, empty, fieldView, form, formDialog, html, list, nothing,
	problemText, time, toast } from "./ui.js";
import { forgotLink } from "./mail.js";
import { filterField, queryOf } from "./projects.js";
import { day, plural, t } from "./words.js";

export const mark = html`<img alt="" class="big-mark" width="32" height="32"
	src=${new URL("mark.svg", import.meta.url)}>`;

// A page that is one form.  The state lives as long as the page is shown.
export const formPage = (key, make) => {
	if (formPage.key !== key) {
		formPage.key = key;
		formPage.state = make();
	}
	return formPage.state;
};

// --- sign in -----------------------------------------------------------------

const loginFields = () => [
	{ name: "login", label: t("login"), autocomplete: "username",
		required: true, focus: true },
	{ name: "password", label: t("password"), type: "password",
		autocomplete: "current-password", required: true },
];

// On this machine itself sign-in works without TLS.
const isPlain = (features) => features.tls === false &&
	!["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

export const signIn = (state, enter, draw) => {
	const page = formPage("sign-in", () => form(loginFields,
		({ login, password }) => enter(login, password), {}, draw));
	return html`<main class="narrow" tabindex="-1">${mark}
	<h1>${t("sign.in")}</h1>
	${state.notice ? html`<p class="notice" role="status">${state.notice}</p>`
		: nothing}
	${isPlain(state.features) ? html`<p class="notice warning"
		>${t("no.tls")}</p>` : nothing}
	<form @submit=${page.send}>${page.view()}
	<button class="primary wide" ?disabled=${page.isBusy}>${t("sign.in")}
	</button></form>${forgotLink(state.features)}</main>`;
};

// --- accept an invitation ----------------------------------------------------

const roleText = (role) => t(`role.${role}`);

const acceptFields = () => [
	{ name: "displayName", label: t("your.name"), autocomplete: "name" },
	{ name: "password", label: t("choose.password"), type: "password",
		autocomplete: "new-password", required: true,
		hint: t("password.rule") },
];

const joined = async (context, data) => {
	await context.refresh();
	toast(t("joined", data.organization.metadata.displayName));
	context.go(`#/o/${data.organization.metadata.name}`);
};

const acceptAsNew = (context, token) => form(acceptFields, async (values) => {
	const body = { token, password: values.password };
	if (values.displayName.trim())
		body.displayName = values.displayName.trim();
	try {
		await post("/v1/invitations/accept", body, { isSignIn: true });
	} catch (error) {
		if (error.code !== "sign-in")
			throw error;
		context.state.notice = problemText(error);
		formPage.key = null;
		return context.go("#/me");
	}
	context.state.notice = t("account.made");
	formPage.key = null;
	context.go("#/");
}, {}, context.draw);

export const accept = {
	title: () => t("invitation"),
	hasNoCurl: true,
	load: async (context, token) => ({ token, ...(await post(
		"/v1/invitations/lookup", { token }, { isSignIn: true })).data }),
	view: (context, data) => {
		const page = formPage(data.token, () => context.me
			? form(() => [], async () => joined(context, (await post(
				"/v1/invitations/accept", { token: data.token })).data),
			{}, context.draw) : acceptAsNew(context, data.token));
		return html`<section class="narrow">${mark}
		<h1>${t("accept.title", data.organization.displayName)}</h1>
		<p class="muted">${t("accept.intro", data.invitedBy.displayName,
			data.email, roleText(data.role))} ${t("expires")}
			${time(data.expiresAt)}.</p>
		<form @submit=${page.send}>${page.view()}
		<button class="primary wide" ?disabled=${page.isBusy}>${t("join",
			data.organization.displayName)}</button></form>
		${context.me ? nothing : html`<p class="muted"><a href="#/me"
			>${t("have.account")}</a></p>`}</section>`;
	},
};

// --- a new organization ------------------------------------------------------

// 400 ms after the last letter; the newest answer wins.  Advice only.
const nameCheck = (redraw) => {
	const check = { text: null, isBad: false };
	let timer, newest = 0;
	check.ask = (value) => {
		clearTimeout(timer);
		const mine = ++newest;
		check.text = null;
		if (!value.trim())
			return redraw();
		timer = setTimeout(async () => {
			try {
				const { data } = await post("/v1/organizations/verify",
					{ organizationName: value }, { quiet: true });
				if (mine !== newest)
					return;
				check.isBad = data.inUse;
				check.text = t(data.inUse ? "name.taken" : "name.free");
			} catch {
				check.text = null;
			}
			redraw();
		}, 400);
	};
	return check;
};

const makeFirst = (context) => {
	const check = nameCheck(context.draw);
	const typed = { name: "", project: "Production" };
	const note = (member) => (value) => {
		typed[member] = value;
		state.error = state.field = null;
		if (member === "name")
			check.ask(value);
		context.draw();
	};
	const fields = () => [
		{ name: "organizationName", label: t("name"), required: true,
			focus: true, input: note("name"), hint: check.text
				? html`<span class=${check.isBad ? "wrong" : "right"}
				>${check.text}</span>` : undefined },
		{ name: "accountName", label: t("first.project"), required: true,
			value: "Production", input: note("project") },
		{ name: "eula", label: t("eula"), type: "check", view: () =>
			fieldView({ name: "eula", label: t("eula"), type: "check",
				hint: t("names.stay") }) },
	];
	const state = form(fields, async (values) => {
		if (!values.eula)
			throw Object.assign(new Error(t("eula.needed")), { code: "eula" });
		const { data } = await create("/v1/organizations", {
			organizationName: values.organizationName,
			accountName: values.accountName, eulaAccepted: true });
		await context.refresh();
		formPage.key = null;
		context.go(`#/o/${data.organization.metadata.name}`);
	}, { "name-in-use": "organizationName" }, context.draw);
	state.typed = typed;
	return state;
};

export const firstOrganization = {
	title: () => t("new.organization"),
	hasNoCurl: true,
	view: (context) => {
		const page = formPage("new", () => makeFirst(context));
		const isFirst = context.me.memberships.length === 0;
		return html`<section class="single-form">
		<h1>${t(isFirst ? "first.title" : "new.organization")}</h1>
		<p class="muted">${t("first.intro")}</p>
		<form @submit=${page.send}>${page.view()}
		<button class="primary" ?disabled=${page.isBusy}
			>${t("create.organization")}</button></form>
		<p class="muted">${t("from.shell")}</p>
		${code(curlOf({ method: "POST", path: "/v1/organizations", body: {
			organizationName: page.typed.name || "Harbour Works",
			accountName: page.typed.project || "Production",
			eulaAccepted: true } }))}</section>`;
	},
};

// --- the list ----------------------------------------------------------------

const restore = async (context, organization) => {
	const { id, name, displayName } = organization.metadata;
	const spec = {
		title: t("restore.title", displayName), intro: t("restore.intro"),
		fields: [{ name: "keys", label: t("restore.keys"), type: "check" }],
		verb: t("restore"),
		submit: async ({ keys }) => (await post(
			`/v1/organizations/${id}/restore`, keys ? { keys: true } : {})).data,
	};
	const data = await formDialog(spec);
	if (!data)
		return;
	await context.refresh();
	const lost = Object.entries(data.notRestored ?? {}).filter(([, n]) => n > 0)
		.map(([kind, n]) => plural(`loss.${kind}`, n)).join(", ");
	toast(lost ? t("restored.but", displayName, lost)
		: t("restored", displayName));
	context.go(`#/o/${name}`);
};

const rowOf = (one, role) => [
	html`<a class="strong" href="#/o/${one.metadata.name}"
		>${one.metadata.displayName}</a><div class="sub mono"
		>${one.metadata.name}</div>`,
	role ? roleText(role) : nothing,
	time(one.metadata.dateModified),
];

// The list has one's own alone, also for system administrators, who may open
// every one by its short name or id.
const notFound = (q) => empty(t("found.nothing"), t("search.name"),
	/^[A-Za-z0-9-]+$/.test(q) ? html`<p><a href="#/o/${q}">${t("open.named", q)}
	</a></p>` : nothing);

export const organizations = {
	title: () => t("organizations"),
	create: ({ go }) => go("#/new"),
	load: async (context) => {
		const q = queryOf(context);
		const [all, deleted] = await Promise.all([
			get(`/v1/organizations?limit=100${q}`),
			get(`/v1/organizations?state=deleted&limit=100${q}`,
				{ quiet: true }),
		]);
		return { rows: all.data.organizations, next: all.next,
			q: context.query.get("q") ?? "",
			deleted: { rows: deleted.data.organizations,
				next: deleted.next } };
	},
	view: (context, data) => {
		if (!data.q && !data.rows.length && !data.deleted.rows.length)
			return firstOrganization.view(context);
		const roles = Object.fromEntries(context.me.memberships.map((one) =>
			[one.organization.id, one.role]));
		return html`<div class="head-line"><h1>${t("organizations")}</h1>
		<a class="button primary" href="#/new">${t("new.organization")}</a></div>
		<div class="tools"><span class="space"></span>${filterField(context,
			"#/", t("find.project"))}</div>
		${data.rows.length ? list(t("organizations"), [[t("name"), "main"],
			[t("role"), "tail"], [t("changed"), "wide-only"]],
		data.rows.map((one) => rowOf(one, roles[one.metadata.id])))
			: data.q ? notFound(data.q)
				: empty(t("none.left"), t("none.left.text"))}
		${more(context, data, "organizations")}
		${data.deleted.rows.length && !data.next ? html`<h2>${t("deleted")}</h2>
		${list(t("deleted"), [[t("name"), "main"], [t("kept.until"), "wide-only"],
			["", "tail"]], data.deleted.rows.map((one) => [
			html`<strong>${one.metadata.displayName}</strong><div
				class="sub mono">${one.metadata.name}</div>`,
			one.status.purgeAfter ? day(one.status.purgeAfter) : nothing,
			html`<button type="button" @click=${() => restore(context, one)}
				>${t("restore")}</button>`]))}
		${more(context, data.deleted, "organizations")}` : nothing}`;
	},
};

// --- lists -------------------------------------------------------------------

// Up and down go through the rows of a list by their first link or button.
export const moveInList = (step) => {
	const rows = [...document.querySelectorAll("main .row")];
	const at = rows.findIndex((row) => row.contains(document.activeElement));
	const row = rows[at < 0 ? 0 : at + step];
	row?.querySelector("a, button, select")?.focus();
	return Boolean(row);
};

// The next page loads itself when it comes into sight; a button for who has no observer.
let watching = null;
export const more = (context, data, member, options) => {
	if (!data.next)
		return nothing;
	const load = async () => {
		const path = data.next;
		data.next = null;
		try {
			const answer = await call("GET", path, { quiet: true, ...options });
			data.rows.push(...answer.data[member]);
			data.next = answer.next;
		} catch (error) {
			data.next = path;
			toast(problemText(error));
		}
		context.draw();
	};
	queueMicrotask(() => {
		watching?.disconnect();
		const button = document.querySelector("#load-more");
		watching = new IntersectionObserver(([entry]) => {
			if (entry.isIntersecting && data.next)
				load();
		}, { rootMargin: "600px" });
		if (button)
			watching.observe(button);
	});
	return html`<button type="button" id="load-more" class="wide" @click=${load}
		>${t("load.more")}</button>`;
};
