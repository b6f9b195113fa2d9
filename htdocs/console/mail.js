// What is done by mail: a new password, another address.  The pages that the
// links open need no session.
import { confirmPassword, post } from "./api.js";
import { form, formDialog, html, nothing, pill, toast } from "./ui.js";
import { formPage, mark } from "./start.js";
import { t } from "./words.js";

// The same words for every reason: used, old, or of something that has changed.
const byToken = async (path, body) => {
	try {
		return (await post(path, body, { isSignIn: true, quiet: true })).data;
	} catch (error) {
		if (error.code === "token-dead")
			error.code = "mail-token-dead";
		throw error;
	}
};

// Back to sign-in, which says what was done.
const leave = (context, notice) => {
	formPage.key = null;
	context.forget(notice);
};

// To oneself, for who is signed in.
const arrive = async (context, notice) => {
	if (!context.me)
		return leave(context, notice);
	formPage.key = null;
	await context.refresh();
	toast(notice);
	context.go("#/me");
};

const page = (title, intro, state, verb) => html`<section class="narrow">${mark}
	<h1>${title}</h1>${intro ? html`<p class="muted">${intro}</p>` : nothing}
	<form @submit=${state.send}>${state.view()}
	<button class="primary wide" ?disabled=${state.isBusy}>${verb}</button>
	</form></section>`;

export const forgot = {
	title: () => t("forgot"),
	hasNoCurl: true,
	view: (context) => page(t("forgot"), t("forgot.intro"), formPage("forgot",
		() => form(() => [{ name: "email", label: t("email"), type: "email",
			autocomplete: "username", required: true, focus: true }],
		async ({ email }) => {
			await post("/v1/password-resets", { email: email.trim() },
				{ isSignIn: true, quiet: true });
			leave(context, t("forgot.sent"));
		}, { "bad-field": "email" }, context.draw)), t("forgot.send")),
};

export const reset = {
	title: () => t("choose.password"),
	hasNoCurl: true,
	load: (context, token) => ({ token }),
	view: (context, { token }) => page(t("choose.password"), "", formPage(token,
		() => form(() => [{ name: "password", label: t("password.new"),
			type: "password", autocomplete: "new-password", required: true,
			focus: true, hint: t("password.rule") }],
		async ({ password }) => {
			await byToken("/v1/password-resets/confirm", { token, password });
			leave(context, t("reset.done"));
		}, { "bad-field": "password" }, context.draw)), t("save")),
};

export const confirm = {
	title: () => t("address.confirm"),
	hasNoCurl: true,
	load: (context, token) => ({ token }),
	view: (context, { token }) => page(t("address.confirm"),
		t("address.confirm.text"), formPage(token, () => form(() => [],
			async () => {
				const { state } = await byToken("/v1/users/confirm",
					{ token });
				await arrive(context, t(`address.${state}`));
			}, {}, context.draw)), t("address.confirm")),
};

export const forgotLink = (features) => features.mail
	? html`<p class="muted"><a href="#/forgot">${t("forgot")}</a></p>` : nothing;

// The password is confirmed first, so that no second dialog asks for it.
export const changeAddress = async () => {
	const done = await formDialog({
		title: t("address.change"), intro: t("address.intro"),
		fields: [
			{ name: "email", label: t("email"), type: "email",
				autocomplete: "off", required: true, focus: true },
			{ name: "password", label: t("password.now"), type: "password",
				autocomplete: "current-password", required: true },
		],
		types: { "wrong-password": "password", "bad-field": "email" },
		verb: t("address.change"),
		submit: async ({ email, password }) => {
			await confirmPassword(password);
			await post("/v1/users/me/email", { email: email.trim(), password },
				{ quiet: true });
		},
	});
	if (done)
		toast(t("address.sent"));
};

// What became of an invitation's mail; nothing if it goes by a link.
export const mailPill = ({ mailState, failedReason }) => mailState === "none"
	? nothing : html`<span title=${failedReason ?? nothing}>${pill(
		t(`mail.${mailState}`), mailState === "failed" ? "danger"
			: mailState === "queued" ? "warning" : "")}</span>`;
