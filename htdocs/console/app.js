// The frame: addresses, what is loaded for them, keys, sign-in and sign-out.
import { curlOf, get, hooks, call, confirmPassword } from "./api.js";
import { closeDialogs, code, dialog, formDialog, html, initials, nothing, openMenu,
	problemLine, problemText, render, say, toast } from "./ui.js";
import { language, loadWords, number, setLanguage, t } from "./words.js";
import { confirm, forgot, reset } from "./mail.js";
import { accept, firstOrganization, moveInList, organizations,
	signIn } from "./start.js";
import { orgPages, searchForm, topPages } from "./pages.js";
import { systemList, systemPages } from "./system.js";

const root = document.querySelector("#app");

// What is known now; `page` is what is shown, with the data that it loaded.
const state = { session: null, me: null, features: {}, page: null,
	isSystemAdmin: false, isSlow: false, isOpen: false, notice: null };

// --- addresses ---------------------------------------------------------------

// #/o/SLUG/PAGE?q=…  #/accept/TOKEN  #/reset/TOKEN  #/confirm/TOKEN  #/forgot
// #/me  #/system/PAGE  #/
const parse = () => {
	const [path, query = ""] = location.hash.slice(1).split("?");
	const parts = path.split("/").slice(1).map(decodeURIComponent);
	return { parts, query: new URLSearchParams(query), path };
};

export const go = (hash) => {
	if (location.hash === hash)
		load();
	else
		location.hash = hash;
};

const membershipOf = (org) => state.me?.memberships.find((one) =>
	one.organization.name === org || one.organization.id === org);

// Organizations that a system administrator looks at without being a member.
const foreign = new Map();

// The header of the context takes ids; the address has the slug.
const learnId = async (org) => {
	if (!org || membershipOf(org) || foreign.has(org) || !state.session)
		return;
	const { data } = await get(`/v1/organizations/${org}`, { quiet: true });
	foreign.set(org, data.organization.metadata);
};

// What the side list counts: asked when an organization is entered, and again
// after each write.
const usages = new Map();

const learnUsage = async ({ org, isAdmin, get: ask }) => {
	if (!org || !isAdmin || usages.has(org))
		return;
	const asked = {}; // a write meanwhile forgets it
	usages.set(org, asked);
	try {
		const { data } = await ask(`/v1/organizations/${org}/license`,
			{ quiet: true });
		if (usages.get(org) === asked)
			usages.set(org, data.license.usage);
		draw();
	} catch {
		usages.delete(org); // the page itself says what is wrong
	}
};

hooks.written = () => usages.clear();

// What a page works with.
const contextOf = (org, query) => {
	const membership = membershipOf(org);
	const known = membership?.organization ?? foreign.get(org);
	const id = known?.id ?? org;
	return { org, id, query, state, me: state.me, go, draw, reload: load,
		refresh: loadSelf, forget,
		// who is no member and still gets an answer is a system administrator
		isAdmin: membership ? membership.role === "admin" : true,
		name: known?.displayName ?? org,
		get: (path, options) => get(path, { org: id, ...options }),
		call: (method, path, options) =>
			call(method, path, { org: id, ...options }) };
};

// Those that need no session; all but one want the token of a link.
const openPages = { accept, confirm, forgot, reset };

const find = ({ parts, query }) => {
	const isOpen = parts[0] === "forgot" || parts[1];
	if (isOpen && Object.hasOwn(openPages, parts[0]))
		return { page: openPages[parts[0]], argument: parts[1], isOpen: true,
			context: contextOf(null, query) };
	if (parts[0] === "o" && parts[1])
		return { page: orgPages[parts[2] || "overview"],
			name: parts[2] || "overview",
			context: contextOf(parts[1], query), argument: parts[3] };
	if (parts[0] === "new")
		return { page: firstOrganization, context: contextOf(null, query) };
	if (parts[0] === "system" && state.isSystemAdmin)
		return { page: systemPages[parts[1]], name: parts[1], isSystem: true,
			context: contextOf(null, query) };
	const page = parts[0] ? topPages[parts[0]] : organizations;
	return { page, name: parts[0] || "home", context: contextOf(null, query) };
};

// --- loading -----------------------------------------------------------------

let turn = 0;

const load = async () => {
	const mine = ++turn;
	const slow = setTimeout(() => {
		state.isSlow = true;
		draw();
	}, 300);
	const { parts } = parse();
	let unknown = null;
	try {
		await learnId(parts[0] === "o" ? parts[1] : null);
	} catch (error) {
		unknown = error;
	}
	const found = find(parse());
	const isNew = state.page?.path !== parse().path;
	state.isOpen = false;
	const page = { ...found, path: parse().path, data: null, error: null,
		isReady: Boolean(state.session || found.isOpen),
		isOdd: isNew !== Boolean(state.page?.isOdd) };
	try {
		if (unknown)
			throw unknown;
		if (!found.page)
			page.error = Object.assign(new Error(t("no.page")),
				{ code: "no-page" });
		else if (state.session || found.isOpen)
			page.data = await found.page.load?.(found.context,
				found.argument);
	} catch (error) {
		if (error.status === 401)
			page.data = null;
		else
			page.error = error;
	}
	clearTimeout(slow);
	if (mine !== turn)
		return;
	page.curl = curlOf();
	state.isSlow = false;
	state.page = page;
	draw();
	if (state.session && !page.error)
		learnUsage(page.context);
	if (isNew) {
		document.title = [page.page?.title?.(), found.context.org &&
			found.context.name, "Tenantry"].filter(Boolean).join(" · ");
		scrollTo(0, 0);
		say(page.page?.title?.() ?? document.title);
	}
};

const loadSelf = async () => {
	const { data } = await get("/v1/users/me", { quiet: true });
	state.me = { ...data.user, memberships: data.memberships,
		emailProved: data.emailProved };
};

const loadPerson = async () => {
	state.isSystemAdmin = state.session.systemAdmin;
	await loadSelf();
};

const loadSession = async () => {
	try {
		const { data } = await get("/v1/session",
			{ quiet: true, isSignIn: true });
		state.features = { ...state.features, ...data.features };
		state.session = data;
		await loadPerson();
	} catch (error) {
		state.features = { ...state.features, ...error.body?.features };
		state.session = state.me = null;
		if (error.status !== 401)
			state.notice = problemText(error);
	}
};

export const enter = async (login, password) => {
	const { data } = await call("POST", "/v1/session",
		{ body: { login, password }, isSignIn: true, quiet: true });
	state.session = data;
	state.notice = null;
	await loadPerson();
	if (!parse().path.slice(1) && state.me.memberships.length === 1)
		return go(`#/o/${state.me.memberships[0].organization.name}`);
	await load();
};

// Nothing of before is shown, also by the way back.
const forget = (notice = null) => {
	state.session = state.me = state.page = null;
	state.notice = notice;
	turn++;
	history.replaceState(null, "", "#/");
	draw();
};

const leave = async () => {
	try {
		await call("DELETE", "/v1/session", { quiet: true });
	} catch (error) {
		if (error.status !== 401)
			return toast(problemText(error));
	}
	forget();
};

hooks.ended = () => {
	if (!state.session)
		return;
	state.session = state.me = null;
	state.notice = t("session.ended");
	draw();
};

hooks.confirm = async () => (await formDialog({
	title: t("confirm.title"),
	intro: t("confirm.intro"),
	fields: [{ name: "password", label: t("password"), type: "password",
		autocomplete: "current-password", required: true, focus: true }],
	types: { "wrong-password": "password" },
	verb: t("confirm"),
	submit: ({ password }) => confirmPassword(password),
})) !== undefined;

// --- the frame ---------------------------------------------------------------

const switcher = (close) => html`
	${state.me.memberships.slice(0, 40).map(({ organization }) => html`<a
		href="#/o/${organization.name}" @click=${close}
		>${organization.displayName}</a>`)}
	<hr><a href="#/">${t("all.organizations")}</a>
	<a href="#/new">${t("new.organization")}</a>`;

const account = () => html`
	<div class="who"><strong>${state.me.metadata.displayName}</strong>
	<div class="sub">${state.me.spec.email}</div></div><hr>
	<a href="#/me">${t("me")}</a>
	${state.isSystemAdmin ? html`<a href="#/system/organizations"
		>${t("system")}</a>` : nothing}
	<button type="button" @click=${() => setLanguage(
		language === "de" ? "en" : "de").then(load)}
		lang=${language === "de" ? "en" : "de"}>${t("other.language")}</button>
	<button type="button" @click=${help}>${t("keys.list")}</button>
	<a href="docs/">${t("api.page")}</a><hr>
	<button type="button" @click=${leave}>${t("sign.out")}</button>`;

const myInitials = () => initials(state.me.metadata.displayName);

const topBar = (org, name, hasList) => html`<header class="top">
	<a class="mark" href="#/" aria-label=${t("organizations")}><img alt=""
		src=${new URL("mark.svg", import.meta.url)} width="22" height="22"></a>
	${org ? html`<button type="button" class="switcher" aria-haspopup="dialog"
		aria-expanded="false" @click=${(event) => openMenu(
		event.currentTarget, switcher, "left")}><span>${name}</span>
		<span aria-hidden="true">▾</span></button>`
		: html`<strong>Tenantry</strong>`}
	<span class="space"></span>
	${org ? searchForm(org, go) : nothing}
	${state.me ? html`<button type="button" class="avatar" aria-haspopup="dialog"
		aria-expanded="false" aria-label="${t("account")} ${myInitials()}"
		@click=${(event) => openMenu(event.currentTarget, account)}
		>${myInitials()}</button>` : nothing}
	${hasList ? html`<button type="button" class="drawer" aria-label=${t("pages")}
		aria-expanded=${String(state.isOpen)} aria-controls="pages"
		@click=${() => { state.isOpen = !state.isOpen; draw(); }}
		>☰</button>` : nothing}</header>`;

const countOf = (org, name) => {
	const usage = usages.get(org);
	const n = { projects: usage?.projects, members: usage?.users }[name];
	return n === undefined ? nothing : html` <span class="count">${number(n)}
		</span>`;
};

const isListed = (page, isAdmin) => page?.inList &&
	(isAdmin || !page.isForAdmins);

const orgList = (org, now, isAdmin) => Object.entries(orgPages)
	.filter(([, page]) => isListed(page, isAdmin))
	.map(([name, page]) => html`<a
		href="#/o/${org}/${name}" aria-current=${name === now ? "page" : nothing}
		>${page.title()}${countOf(org, name)}</a>`);

const sideBar = ({ context: { org, isAdmin }, name, isSystem }) => html`<nav
	id="pages" class=${state.isOpen ? "open" : ""} aria-label=${t("pages")}>
	${org ? orgList(org, name, isAdmin) : nothing}
	${state.isSystemAdmin ? systemList(isSystem ? name : "") : nothing}</nav>`;

const curlLine = (page) => page.curl && !page.page?.hasNoCurl && !page.error
	? html`<details class="curl"><summary>${t("as.curl")}</summary>
	${code(page.curl)}</details>` : nothing;

const body = (page) => html`${page.error
	? html`<h1>${page.page?.title?.() ?? t("no.page")}</h1>
		${problemLine(page.error)}${page.error.code === "step-up" ? html`<p
		><button type="button" class="primary" @click=${load}>${t("confirm")}
		</button></p>` : nothing}<p><a href="#/">${t("all.organizations")}</a></p>`
	: page.page.view(page.context, page.data)}${curlLine(page)}`;

// Two templates by turns: no field of a page, and what it holds, serves the next.
const content = (page) => page.isOdd ? html`${body(page)}` : html` ${body(page)}`;

const frame = (page) => {
	const { org, name } = page.context;
	const hasList = Boolean(org || page.isSystem);
	return html`<a class="skip" href="#main" @click=${(event) => {
		event.preventDefault();
		document.querySelector("main").focus();
	}}>${t("skip")}</a>${topBar(org, name, hasList)}
	<div class="progress" ?hidden=${!state.isSlow}></div>
	<div class=${hasList ? "columns" : "single"}>
	${hasList ? sideBar(page) : nothing}
	<main id="main" tabindex="-1" aria-busy=${String(state.isSlow)}>${content(page)}</main>
	</div>`;
};

function draw() {
	const { page } = state;
	if (!state.session && !page?.isOpen)
		return render(signIn(state, enter, draw), root);
	// while the first page loads after sign-in, nothing of it can be shown
	if (page?.isReady)
		render(frame(page), root);
}

// --- keys --------------------------------------------------------------------

const shortcuts = { o: "overview", p: "projects", m: "members", k: "keys",
	l: "licence", a: "audit", s: "settings" };
const systemShortcuts = { y: "organizations", u: "users", x: "outbox",
	i: "installation" };
let isAfterG = false;

const help = () => dialog((close) => html`<h2 id="dialog-title">
	${t("keys.list")}</h2><dl class="keys">
	<dt><kbd>/</kbd></dt><dd>${t("search")}</dd>
	<dt><kbd>n</kbd></dt><dd>${t("key.new")}</dd>
	${Object.entries(shortcuts).filter(([, name]) => isListed(orgPages[name],
		state.page?.context.isAdmin)).map(([key, name]) => html`
		<dt><kbd>g</kbd> <kbd>${key}</kbd></dt>
		<dd>${orgPages[name].title()}</dd>`)}
	${state.isSystemAdmin ? Object.entries(systemShortcuts).map(([key, name]) =>
		html`<dt><kbd>g</kbd> <kbd>${key}</kbd></dt>
		<dd>${t("system")}: ${systemPages[name].title()}</dd>`) : nothing}
	<dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>${t("key.arrows")}</dd>
	<dt><kbd>Esc</kbd></dt><dd>${t("key.escape")}</dd></dl>
	<div class="actions"><button type="button" class="primary" autofocus
	@click=${() => close()}>${t("close")}</button></div>`);

addEventListener("keydown", (event) => {
	const { page } = state;
	const isTyping = event.target.closest?.("input, textarea, select, .menu");
	if (event.key === "Escape" && state.isOpen) {
		state.isOpen = false;
		draw();
	}
	if (isTyping || event.ctrlKey || event.metaKey || event.altKey ||
	    document.querySelector("dialog[open]") || !state.session)
		return;
	const org = page?.context.org;
	const wasAfterG = isAfterG;
	isAfterG = event.key === "g";
	if (wasAfterG && org && isListed(orgPages[shortcuts[event.key]],
	    page.context.isAdmin))
		go(`#/o/${org}/${shortcuts[event.key]}`);
	else if (wasAfterG && state.isSystemAdmin && systemShortcuts[event.key])
		go(`#/system/${systemShortcuts[event.key]}`);
	else if (event.key === "/" && document.querySelector(".search input"))
		document.querySelector(".search input").focus();
	else if (event.key === "n" && page?.page?.create)
		page.page.create(page.context, page.data);
	else if (event.key === "?")
		help();
	else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
		if (!moveInList(event.key === "ArrowDown" ? 1 : -1))
			return;
	} else
		return;
	event.preventDefault();
});

addEventListener("hashchange", () => {
	closeDialogs();
	load();
});

await loadWords();
await loadSession();
await load();
