// The licence: what it allows, what is used, and a new one.
import { form, formDialog, html, list, nothing, pill, time,
	toast } from "./ui.js";
import { day, number, plural, t } from "./words.js";

const kinds = { active: "accent", expiring: "warning", grace: "warning",
	expired: "danger", revoked: "danger", over_limit: "danger" };

export const bar = (label, value, of) => html`<progress max=${of}
	value=${Math.min(value, of)} class=${value >= of ? "full" : ""}
	aria-label=${t("bar", label, number(value), number(of))}></progress>`;

const stateOf = ({ state, daysLeft }) =>
	state === "active" || state === "expiring"
		? daysLeft == null ? nothing
			: pill(plural("days.left", daysLeft), kinds[state])
		: pill(t(`state.${state}`), kinds[state]);

const typeName = (type) => type.split("-").map((word) =>
	word[0].toUpperCase() + word.slice(1)).join(" ");

export const licenceFigure = (one) => html`<div class="figure">
	<div class="label">${t("licence")}</div>
	<div><span class="big">${typeName(one.licenseType)}</span>
		${stateOf(one)}</div>
	${one.expiresAt ? html`<div class="muted">${t("ends.on",
		day(one.expiresAt))}</div>` : one.usage ? html`<div class="muted"
		>${t("no.end")}</div>` : nothing}</div>`;

const usageRow = (label, value, of, invited) => html`<div class="usage">
	<div class="usage-line"><strong>${label}</strong><span>${number(value)}
		${of ? t("of", number(of)) : t("no.limit")}${invited
			? `, ${t("n.invited", number(invited))}` : ""}</span></div>
	${of ? bar(label, value, of) : nothing}</div>`;

// What a licence would allow less of than the one of now; 0 is any number.
const lessOf = (limits, now) => limits.filter(({ name, allowed }) =>
	allowed && (!now[name] || allowed < now[name]));

const mayShrink = (less) => formDialog({ title: t("shrink.title"),
	intro: t("shrink.intro"), verb: t("licence.install"), keep: t("keep"),
	isDanger: true, body: () => html`<ul class="loss">${less.map((one) =>
		html`<li>${t("limit.line", t(`limit.${one.name}`),
			number(one.allowed), number(one.current))}</li>`)}</ul>` });

let installing = null;
const installForm = (context) => {
	if (installing?.org === context.org)
		return installing;
	installing = form(() => [{ name: "licenseKey", label: t("licence.key"),
		type: "area", required: true, hint: t("licence.key.hint") }],
	async ({ licenseKey }) => {
		const body = { licenseKey: licenseKey.trim() };
		const path = "/v1/organization-license";
		const [dry, now] = await Promise.all([
			context.call("PUT", `${path}?dryRun=true`, { body, quiet: true }),
			context.get(`/v1/organizations/${context.org}/license`,
				{ quiet: true })]);
		const less = lessOf(dry.data.limits, now.data.license.limits);
		if (less.length && !await mayShrink(less))
			return;
		await context.call("PUT", path, { body });
		toast(t("licence.installed"));
		document.querySelector("#f-licenseKey").value = "";
		context.reload();
	}, { "bad-license": "licenseKey", "bad-field": "licenseKey",
		"limit-reached": "licenseKey" }, context.draw);
	installing.org = context.org;
	return installing;
};

const install = (context) => {
	const page = installForm(context);
	return html`<h2>${t("licence.new")}</h2><form class="single-form"
		@submit=${page.send}>${page.view()}<button class="primary"
		?disabled=${page.isBusy}>${t("licence.install")}</button></form>`;
};

const history = (rows) => html`<h2>${t("history")}</h2>
	${list(t("history"), [[t("licence"), "main"], [t("installed"), "tail"]],
	rows.map((one) => [html`<strong>${one.licenseType
		? typeName(one.licenseType) : t("licence.first")}</strong>
		<div class="sub mono">${one.licenseId ?? ""}</div>`,
	time(one.installedAt)]))}`;

export const licence = {
	title: () => t("licence"),
	inList: true,
	load: async (context) => {
		const path = `/v1/organizations/${context.org}/license`;
		const [past, now] = await Promise.all([
			context.isAdmin ? context.get(`${path}/history?limit=20`,
				{ quiet: true }) : { data: { history: [] } },
			context.get(path)]);
		return { licence: now.data.license, history: past.data.history };
	},
	view: (context, data) => {
		const one = data.licence;
		return html`<h1>${t("licence")}</h1>
		<section class="figures">${licenceFigure(one)}
		${one.installedAt ? html`<div class="figure"><div class="label"
			>${t("installed")}</div><div>${time(one.installedAt)}</div>
			${one.graceEndsAt ? html`<div class="muted">${t("grace.ends",
				day(one.graceEndsAt))}</div>` : nothing}</div>` : nothing}
		</section>
		${one.state in { grace: 1, expired: 1, revoked: 1, over_limit: 1 }
			? html`<p class="notice warning">${t(`licence.${one.state}`)}</p>`
			: nothing}
		${one.usage ? html`${usageRow(t("projects"), one.usage.projects,
			one.limits.projects)}${usageRow(t("members"), one.usage.users,
			one.limits.users, one.usage.invited)}` : nothing}
		${context.isAdmin ? install(context) : nothing}
		${data.history.length ? history(data.history) : nothing}`;
	},
};
