// What is true of the whole organization: name, labels, leaving, deleting.
import { call, confirmPassword, saveFile } from "./api.js";
import { form, formDialog, html, nothing, problemText,
	toast } from "./ui.js";
import { t } from "./words.js";
import { memberPicker } from "./pick.js";
import { lossBox } from "./projects.js";

const labelsText = (labels) => Object.entries(labels)
	.map(([key, value]) => `${key}=${value}`).join("\n");

const labelsOf = (text) => Object.fromEntries(text.split("\n")
	.map((line) => line.trim()).filter(Boolean).map((line) => {
		const at = line.indexOf("=");
		return at < 0 ? [line, ""]
			: [line.slice(0, at).trim(), line.slice(at + 1).trim()];
	}));

const fields = ({ displayName, labels }) => [
	{ name: "displayName", label: t("name"), required: true,
		value: displayName },
	{ name: "labels", label: t("labels"), type: "area",
		value: labelsText(labels), hint: t("labels.hint") },
];

// If-Match: what another tab has saved meanwhile is not overwritten.
const save = async (context, data, body) => {
	const answer = await context.call("PATCH",
		`/v1/organizations/${context.org}`, { body, match: data.etag });
	data.etag = answer.etag;
	await context.refresh();
	context.reload();
	return answer;
};

const formOf = (context, data) => {
	const { displayName, labels } = data.organization.metadata;
	data.form ??= form(() => fields({ displayName, labels }),
		async (values) => {
			await save(context, data, { displayName: values.displayName,
				labels: labelsOf(values.labels) });
			toast(t("changes.saved"), async () => {
				// the page has been read again: its tag is the newest
				await context.call("PATCH", `/v1/organizations/${context.org}`,
					{ body: { displayName, labels } });
				await context.refresh();
				context.reload();
			});
		}, { "name-in-use": "displayName" }, context.draw);
	return data.form;
};

// --- leave -------------------------------------------------------------------

const leave = async (context, data) => {
	const path = `/v1/organizations/${data.organization.metadata.id}/leave`;
	const tryIt = async (body) => (await context.call("POST",
		`${path}?dryRun=true`, { quiet: true, body })).data;
	let dry, successor;
	try {
		dry = await tryIt({});
	} catch (error) {
		if (error.code !== "last-admin")
			return toast(problemText(error));
		successor = await memberPicker(context, { name: "successor",
			label: t("successor"), hint: t("successor.hint"),
			leftOut: new Set([context.me.metadata.id]) });
		if (successor().isEmpty)
			return toast(t("leave.alone"));
		// whoever it is, the same ends
		dry = await tryIt({ successor: successor().value() });
	}
	const left = await formDialog({
		title: t("leave.title", context.name), intro: t("leave.intro"),
		body: () => lossBox(dry),
		fields: (redraw) => successor ? [successor(redraw)] : [],
		verb: t("leave"), keep: t("stay"), isDanger: true,
		submit: (values) => context.call("POST", path, { body: values }),
	});
	if (!left)
		return;
	await context.refresh();
	toast(t("left", context.name));
	context.go("#/");
};

// --- delete ------------------------------------------------------------------

const remove = async (context, data) => {
	const { id, name, displayName } = data.organization.metadata;
	let dry;
	try {
		dry = (await context.call("DELETE",
			`/v1/organizations/${id}?dryRun=true`, { quiet: true })).data;
	} catch (error) {
		return toast(problemText(error));
	}
	const done = await formDialog({
		title: t("delete.title", displayName), intro: t("delete.intro"),
		body: () => lossBox(dry),
		fields: [
			{ name: "slug", label: html`${t("type")} <span class="mono"
				>${name}</span> ${t("to.confirm")}`, required: true,
			isMono: true, focus: true },
			{ name: "password", label: t("your.password"), type: "password",
				required: true, autocomplete: "current-password" },
		],
		types: { slug: "slug", "wrong-password": "password" },
		verb: t("delete.organization"), keep: t("keep"), isDanger: true,
		submit: async (values) => {
			if (values.slug !== name)
				throw Object.assign(new Error(t("slug.differs")),
					{ code: "slug" });
			await confirmPassword(values.password);
			await call("DELETE", `/v1/organizations/${id}`);
		},
	});
	if (!done)
		return;
	await context.refresh();
	context.go("#/");
	toast(t("deleted.of", displayName), async () => {
		await call("POST", `/v1/organizations/${id}/restore`, { body: {} });
		await context.refresh();
		context.go(`#/o/${name}`);
	});
};

// --- export ------------------------------------------------------------------

const exportIt = async (context) => {
	try {
		const { data } = await context.get(
			`/v1/organizations/${context.org}/export`,
			{ accept: "application/x-ndjson" });
		saveFile([data], `${context.org}.ndjson`, "application/x-ndjson");
	} catch (error) {
		toast(problemText(error));
	}
};

export const act = (title, text, verb, run, kind) => html`<section class="act">
	<div><h2>${title}</h2><p class="muted">${text}</p></div>
	<button type="button" class=${kind} @click=${run}>${verb}</button></section>`;

export const settings = {
	title: () => t("settings"),
	inList: true,
	load: async (context) => {
		const answer = await context.get(`/v1/organizations/${context.org}`);
		return { organization: answer.data.organization, etag: answer.etag };
	},
	view: (context, data) => {
		const page = formOf(context, data);
		return html`<h1>${t("settings")}</h1>
		${context.isAdmin ? html`<form class="single-form" @submit=${page.send}
			>${page.view()}<button class="primary" ?disabled=${page.isBusy}
			>${t("save")}</button></form>` : nothing}
		${context.isAdmin ? act(t("export.head"), t("export.intro"),
			t("export"), () => exportIt(context), "") : nothing}
		${act(t("leave.head"), t("leave.intro"), t("leave"),
			() => leave(context, data), "danger-plain")}
		${context.isAdmin ? act(t("delete.head"), t("delete.intro"),
			t("delete.organization"), () => remove(context, data),
			"danger-plain") : nothing}`;
	},
};
