// What all pages are made of: dialogs, forms, toasts, menus, lists.
import { html, nothing, render } from "./lit-html.js";
import { ago, exact, has, number, t } from "./words.js";

export { html, nothing, render };

// --- small parts -------------------------------------------------------------

// An address that is too long for its line breaks before its @.
export const soft = (text) => typeof text === "string"
	? text.split(/(@\S+)/).map((part, i) => i % 2
		? html`<span class="domain">${part}</span>` : part) : text;

export const time = (value) => value
	? html`<time datetime=${value} title=${exact(value)}>${ago(value)}</time>`
	: html`<span class="faint">${t("never")}</span>`;

export const initials = (name) => {
	const words = name.split(/[\s.@_-]+/).filter(Boolean);
	return words.slice(0, 2).map((word) => [...word][0]).join("")
		.toUpperCase();
};

export const avatar = (name) =>
	html`<span class="avatar" aria-hidden="true">${name}</span>`;

export const pill = (text, kind = "") =>
	html`<span class="pill ${kind}">${text}</span>`;

export const copyButton = (value) => html`<button type="button" class="plain"
	@click=${async (event) => {
		const button = event.currentTarget;
		try {
			await navigator.clipboard.writeText(value);
		} catch {
			// without TLS there is no clipboard: it is marked for the hand
			const code = button.parentElement.querySelector("code");
			if (code)
				getSelection().selectAllChildren(code);
			return say(t("selected"));
		}
		button.textContent = t("copied");
		say(t("copied"));
		setTimeout(() => { button.textContent = t("copy"); }, 2000);
	}}>${t("copy")}</button>`;

export const code = (text) => html`<div class="code"><code tabindex="0"
	role="group" aria-label=${t("command")}>${text}</code>${copyButton(text)}</div>`;

// --- words for problems ------------------------------------------------------

export const problemText = (error) => {
	const key = `problem.${error.code}`;
	// of others there is no word: the message says what is full
	const limits = (error.body?.limits ?? [])
		.filter((one) => has(`limit.${one.name}`)).map((one) =>
			t("limit.line", t(`limit.${one.name}`), number(one.allowed),
				number(one.current)));
	return [has(key) ? t(key) : error.message, ...limits].join(" ");
};

// What the licence refuses has its way out beside it.
const wayOut = (error) => {
	const [, org] = location.hash.match(/^#\/o\/([^/?]+)/) ?? [];
	return org && ["limit-reached", "seat-limit", "license-expired"]
		.includes(error.code) ? html` <a href="#/o/${org}/licence"
		>${t("licence.way")}</a>` : nothing;
};

export const problemLine = (error) => html`<p class="problem" role="alert">
	${problemText(error)}${wayOut(error)}
	${error.id ? html`<small class="mono">${error.id}</small>` : nothing}</p>`;

// --- live region and toasts --------------------------------------------------

let region;
let toasts;

export const say = (text) => {
	if (!region) {
		region = document.createElement("div");
		region.className = "unseen";
		region.setAttribute("aria-live", "polite");
		document.body.append(region);
	}
	region.textContent = "";
	setTimeout(() => { region.textContent = text; }, 50);
};

// One at a time, 8 s.  `undo` takes the act back.
let toastEnds = 0;
export const toast = (text, undo) => {
	if (!toasts) {
		toasts = document.createElement("div");
		toasts.className = "toasts";
		toasts.setAttribute("popover", "manual");
		toasts.setAttribute("role", "status");
		document.body.append(toasts);
	}
	const close = () => {
		clearTimeout(toastEnds);
		render(nothing, toasts);
		toasts.hidePopover();
	};
	clearTimeout(toastEnds);
	toasts.hidePopover();
	toasts.showPopover();
	render(html`<span>${text}</span>${undo ? html`<button type="button"
		class="plain" @click=${async () => {
			close();
			try {
				await undo();
			} catch (error) {
				toast(problemText(error));
			}
		}}>${t("undo")}</button>` : nothing}`, toasts);
	toastEnds = setTimeout(close, 8000);
};

// --- dialogs -----------------------------------------------------------------

const closers = new Set();
// Another page: what was asked on the last one is not asked any longer.
export const closeDialogs = () => closers.forEach((close) => close());

// Shows `view(close, redraw)` in a dialog; resolves to what it is closed with.
// Esc closes but for `isFirm`; focus goes back to what had it.
export const dialog = (view, { isFirm = false, label } = {}) =>
	new Promise((resolve) => {
		const opener = document.activeElement;
		const element = document.createElement("dialog");
		let isOpen = true;
		const close = (value) => {
			if (!isOpen)
				return;
			isOpen = false;
			closers.delete(close);
			element.close();
			element.remove();
			if (opener?.isConnected)
				opener.focus();
			resolve(value);
		};
		const redraw = () => isOpen && render(view(close, redraw), element);
		if (label)
			element.setAttribute("aria-label", label);
		else
			element.setAttribute("aria-labelledby", "dialog-title");
		element.addEventListener("cancel", (event) => {
			event.preventDefault();
			if (!isFirm)
				close();
		});
		// a second Esc would close a firm one too
		element.addEventListener("close", () => isOpen && isFirm
			? element.showModal() : close());
		document.body.append(element);
		if (!isFirm)
			closers.add(close);
		redraw();
		element.showModal();
	});

const control = (field, error) => {
	const id = `f-${field.name}`;
	const help = field.hint || error ? `${id}-hint` : nothing;
	const invalid = error ? "true" : nothing;
	if (field.type === "select")
		return html`<select id=${id} name=${field.name}
			@change=${(event) => field.input?.(event.target.value)}
			aria-describedby=${help} aria-invalid=${invalid}>
			${field.options.map(([value, text]) => html`<option
				value=${value} ?selected=${value === field.value}>
				${text}</option>`)}</select>`;
	if (field.type === "area")
		return html`<textarea id=${id} name=${field.name} rows=${field.rows ?? 4}
			aria-describedby=${help} aria-invalid=${invalid}
			spellcheck="false" class="mono" ?required=${field.required}
			.defaultValue=${field.value ?? ""}></textarea>`;
	if (field.type === "check")
		return html`<input id=${id} name=${field.name} type="checkbox"
			?checked=${field.value} aria-describedby=${help}>`;
	return html`<input id=${id} name=${field.name}
		type=${field.type ?? "text"} .defaultValue=${field.value ?? ""}
		class=${field.isMono ? "mono" : ""}
		autocomplete=${field.autocomplete ?? "off"}
		spellcheck="false" autocapitalize="off"
		?required=${field.required} ?autofocus=${field.focus}
		placeholder=${field.placeholder ?? nothing}
		aria-describedby=${help} aria-invalid=${invalid}
		@input=${(event) => field.input?.(event.target.value)}>`;
};

const choice = (field) => html`<fieldset><legend>${field.label}</legend>
	<div class="segments">${field.options.map(([value, text, off]) => html`
	<label><input type="radio" name=${field.name} value=${value}
		?checked=${value === field.value} ?disabled=${off}
		@change=${() => field.input?.(value)}>
		<span>${text}</span></label>`)}</div>
	${field.hint ? html`<p class="hint">${field.hint}</p>` : nothing}</fieldset>`;

export const fieldView = (field, error) => {
	if (field.view)
		return field.view();
	if (field.type === "choice")
		return choice(field);
	const id = `f-${field.name}`;
	const label = html`<label for=${id}>${field.label}</label>`;
	return html`<div class="field ${field.type === "check" ? "check" : ""}">
		${field.type === "check"
			? html`${control(field, error)}${label}`
			: html`${label}${control(field, error)}`}
		${error ? html`<p class="hint wrong" id="${id}-hint">${error}</p>`
			: field.hint ? html`<p class="hint" id="${id}-hint"
				>${field.hint}</p>` : nothing}
	</div>`;
};

export const valuesOf = (form) => Object.fromEntries(new FormData(form));

// Which field a problem is about: by its type, or by the member that the
// detail of a "bad-field" begins with.
const fieldOf = (error, fields, types = {}) => {
	const word = error.message.split(/[^A-Za-z]/)[0];
	const name = types[error.code] ??
		fields.find((one) => (one.member ?? one.name) === word)?.name;
	return fields.some((one) => one.name === name) ? name : null;
};

// The state of a form: what is wrong, and whether it is being sent.
export const form = (fieldsOf, submit, types, redraw) => {
	const state = { error: null, field: null, isBusy: false };
	state.send = async (event) => {
		event.preventDefault();
		if (state.isBusy)
			return;
		const element = event.currentTarget;
		const values = valuesOf(element);
		state.isBusy = true;
		state.error = state.field = null;
		redraw();
		try {
			await submit(values);
		} catch (error) {
			state.error = error;
			state.field = fieldOf(error, fieldsOf(), types);
		}
		state.isBusy = false;
		redraw();
		if (state.field)
			element.elements[state.field]?.focus?.();
	};
	state.view = () => html`${fieldsOf().map((field) => fieldView(field,
		state.field === field.name ? problemText(state.error) : null))}
		${state.error && !state.field ? problemLine(state.error) : nothing}`;
	return state;
};

const valueOf = (one) => typeof one === "function" ? one() : one;

// formDialog({ title, intro, fields, verb, submit, types, isDanger, keep })
// Without submit it only asks.  `fields` may be a function of redraw, `verb` and
// `isDanger` functions.  Resolves to what submit gives.
export const formDialog = (spec) => {
	let redrawNow = () => {};
	let done;
	const redraw = () => redrawNow();
	const fields = typeof spec.fields === "function"
		? () => spec.fields(redraw) : () => spec.fields ?? [];
	const state = form(fields, async (values) => {
		done(await spec.submit?.(values) ?? true);
	}, spec.types, redraw);
	return dialog((close, again) => {
		redrawNow = again;
		done = close;
		return html`<form @submit=${state.send}>
			<h2 id="dialog-title">${soft(spec.title)}</h2>
			${spec.intro ? html`<p class="muted">${spec.intro}</p>` : nothing}
			${spec.body?.() ?? nothing}
			${state.view()}
			<div class="actions">
			<button type="button" ?autofocus=${fields().length === 0}
				@click=${() => close()}>${spec.keep ?? t("cancel")}</button>
			<button class=${valueOf(spec.isDanger) ? "danger" : "primary"}
				?disabled=${state.isBusy}>${valueOf(spec.verb)}</button>
			</div></form>`;
	});
};

// A secret, shown once: closed only by saying that it is kept.
export const secretDialog = ({ title, intro, value, file, more }) =>
	dialog((close) => html`<h2 id="dialog-title">${soft(title)}</h2>
		<p class="muted">${intro}</p>
		${code(value)}
		${more ?? nothing}
		<div class="actions">
		<a class="button" download=${file} href=${URL.createObjectURL(
			new Blob([`${value}\n`], { type: "text/plain" }))}
			>${t("download")}</a>
		<button type="button" class="primary" autofocus
			@click=${() => close(true)}>${t("saved")}</button></div>`,
	{ isFirm: true });

// --- menus -------------------------------------------------------------------

const place = (menu, button) => {
	const { bottom, right, left, top } = button.getBoundingClientRect();
	const width = menu.offsetWidth, height = menu.offsetHeight;
	const x = menu.dataset.side === "left" ? left : right - width;
	const y = bottom + 4 + height > innerHeight ? top - height - 4 : bottom + 4;
	menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
	menu.style.top = `${Math.max(8, y)}px`;
};

const entries = (menu) =>
	[...menu.querySelectorAll("a, button, input")].filter((one) => !one.disabled);

const onMenuKey = (event) => {
	const list = entries(event.currentTarget);
	const at = list.indexOf(document.activeElement);
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (step)
		list[(at + step + list.length) % list.length].focus();
	else if (event.key === "Home" || event.key === "End")
		list.at(event.key === "Home" ? 0 : -1).focus();
	else
		return;
	event.preventDefault();
};

let menuCount = 0;
// A button and what it opens; `items(close)` is drawn when it opens.
export const openMenu = (button, items, side = "right") => {
	const menu = document.createElement("div");
	menu.id = `menu-${menuCount++}`;
	menu.className = "menu";
	menu.dataset.side = side;
	menu.setAttribute("popover", "auto");
	menu.setAttribute("aria-label", button.getAttribute("aria-label") ??
		button.textContent.trim());
	menu.setAttribute("role", "dialog");
	const close = () => menu.hidePopover();
	menu.addEventListener("keydown", onMenuKey);
	menu.addEventListener("click", (event) => {
		if (event.target.closest("a, button"))
			close();
	});
	menu.addEventListener("toggle", (event) => {
		if (event.newState !== "closed")
			return;
		const hadFocus = menu.contains(document.activeElement);
		button.setAttribute("aria-expanded", "false");
		menu.remove();
		if (hadFocus || document.activeElement === document.body)
			button.focus();
	});
	document.body.append(menu);
	render(items(close), menu);
	menu.showPopover();
	place(menu, button);
	button.setAttribute("aria-expanded", "true");
	entries(menu)[0]?.focus();
};

export const rowMenu = (label, items) => html`<button type="button"
	class="more" aria-label=${t("more.of", label)} aria-haspopup="dialog"
	aria-expanded="false"
	@click=${(event) => openMenu(event.currentTarget, () => items
		.filter(Boolean).map(([text, act, kind]) => html`<button type="button"
		class=${kind ?? ""} @click=${act}>${text}</button>`))}>⋯</button>`;

// --- lists -------------------------------------------------------------------

// A table of rows that the browser does not lay out while they are out of
// sight (console.css).  columns: [label, class]; rows: arrays of cells.
export const list = (label, columns, rows) => html`<div role="table"
	class="list cols-${columns.length}" aria-label=${label}>
	<div role="row" class="head">${columns.map(([text, kind]) => html`
		<span role="columnheader" class=${kind ?? ""}>${text ||
			html`<span class="unseen">${t("actions")}</span>`}</span>`)}</div>
	${rows.map((cells) => html`<div role="row" class="row">${cells.map(
		(cell, i) => html`<div role="cell" class=${columns[i][1] ?? ""}
		>${cell}</div>`)}</div>`)}</div>`;

export const person = (name, below, badge = nothing, letters) => html`<div
	class="person">${avatar(letters ?? initials(name))}<div><strong
	>${soft(name)}</strong> ${badge}<div class="sub">${soft(below)}</div></div></div>`;

export const empty = (title, text, action) => html`<div class="empty">
	<h2>${title}</h2><p class="muted">${text}</p>${action ?? nothing}</div>`;
