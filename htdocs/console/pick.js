// A choice among more than a list can hold: the first 100, and what a search by
// the service finds.
import { html, nothing, problemText, say, toast } from "./ui.js";
import { plural, t } from "./words.js";

// Resolves to a function of redraw that gives a field of a form.  `options` makes
// the entries of one that was found, [value, text]; `first` is one that stands
// above them.  What was chosen stays while one searches for others.  With `take`
// each choice is given to it, and nothing stays chosen.
export const picker = async (context, { name, label, path, member, options,
	first, take, hint, by = "find.project" }) => {
	let rows = [], chosen = null, isLong = false, newest = 0, timer;
	const find = async (q) => {
		const mine = ++newest;
		const { data, next } = await context.get(`${path}?limit=100${q
			? `&q=${encodeURIComponent(q)}` : ""}`, { quiet: true });
		if (mine !== newest)
			return;
		rows = data[member].flatMap(options);
		isLong ||= Boolean(next);
		if (q)
			say(plural("n.found", data[member].length));
	};
	await find("");
	const id = `f-${name}`;
	const entries = () => [...first ? [first] : [],
		...chosen && !rows.some(([value]) => value === chosen[0])
			? [chosen] : [], ...rows];
	const search = (redraw) => ({ target }) => {
		clearTimeout(timer);
		timer = setTimeout(() => find(target.value.trim()).catch((error) =>
			toast(problemText(error))).then(redraw), 300);
	};
	const choose = ({ target }, redraw) => {
		const one = rows.find(([value]) => value === target.value);
		if (take && one) {
			target.value = "";
			take(one);
		} else {
			chosen = one ?? (target.value ? chosen : null);
		}
		redraw();
	};
	const now = () => (chosen ?? entries()[0])?.[0];
	return (redraw) => ({ name, isEmpty: !isLong && !rows.length,
		value: now,
		view: () => html`<div class="field"><label for=${id}>${label}</label>
		<div class="pick">${isLong ? html`<input type="search"
			aria-label=${t("find.in", label)} placeholder=${t(by)}
			@input=${search(redraw)} @keydown=${(event) => event.key ===
				"Enter" && event.preventDefault()}>` : nothing}
		<select id=${id} name=${name} aria-describedby=${hint ? `${id}-hint`
			: nothing} @change=${(event) => choose(event, redraw)}>${entries()
			.map(([value, text]) => html`<option value=${value}
			.selected=${value === now()}>${text}</option>`)}</select></div>
		${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
		</div>` });
};

export const projectPicker = (context, spec) => picker(context, {
	path: "/v1/projects", member: "accounts",
	options: ({ metadata }) => [[metadata.id, metadata.displayName]], ...spec });

export const memberPicker = (context, { leftOut, ...spec }) => picker(context, {
	path: "/v1/organizations/users", member: "users", by: "find.person",
	options: ({ metadata, spec: { email } }) => leftOut.has(metadata.id) ? []
		: [[metadata.id, `${metadata.displayName} (${email})`]], ...spec });
