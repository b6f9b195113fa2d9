// The words of the page, in the language of the browser or the one chosen.

const known = ["en", "de"];
const stored = "tenantry.language";

const choose = () => {
	let kept = null;
	try {
		kept = localStorage.getItem(stored);
	} catch {
		// a browser that keeps nothing still has languages
	}
	const wanted = [kept, ...navigator.languages].filter(Boolean)
		.map((one) => one.slice(0, 2));
	return wanted.find((one) => known.includes(one)) ?? "en";
};

export let language = choose();
let words = {};

export const loadWords = async () => {
	const parts = await Promise.all(language === "de"
		? [import("./de.js"), import("./de-admin.js")]
		: [import("./en.js"), import("./en-admin.js")]);
	words = Object.assign({}, ...parts.map((part) => part.default));
	document.documentElement.lang = language;
};

export const setLanguage = async (name) => {
	language = name;
	try {
		localStorage.setItem(stored, name);
	} catch {
		// then it holds until the page is loaded again
	}
	await loadWords();
};

export const has = (key) => key in words;

// The words of a key; `{0}` in them is the first value.
export const t = (key, ...values) =>
	String(words[key] ?? key).replace(/\{(\d)\}/g, (_, n) => values[n]);

// For a number: the words of KEY.one or KEY.many.
export const plural = (key, n) =>
	t(`${key}.${n === 1 ? "one" : "many"}`, number(n));

export const number = (n) => new Intl.NumberFormat(locale()).format(n);

// en-GB and en-US write dates in two ways.
const locale = () => navigator.languages.find((one) =>
	one.startsWith(language)) ?? language;

const DAY = 86400e3;
const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

export const day = (time) => new Intl.DateTimeFormat(locale(),
	{ day: "numeric", month: "long", year: "numeric" })
	.format(new Date(time));

export const exact = (time) => new Intl.DateTimeFormat(locale(),
	{ dateStyle: "full", timeStyle: "medium" }).format(new Date(time));

// Two moments of one day are told apart.
export const moment = (time) => new Intl.DateTimeFormat(locale(),
	{ dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

// As exact as its unit: for what should not be old.
export const age = (time) => {
	const minutes = (Date.now() - new Date(time)) / 60e3;
	const [n, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 1440
		? [minutes / 60, "hour"] : [minutes / 1440, "day"];
	return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" })
		.format(-Math.trunc(n), unit);
};

// Relative up to a week, then the date.
export const ago = (time) => {
	const days = Math.round((midnight(time) - midnight(Date.now())) / DAY);
	const relative = new Intl.RelativeTimeFormat(locale(),
		{ numeric: "auto" });
	const hours = (new Date(time) - Date.now()) / 3600e3;
	if (days >= 0 && hours > 0 && hours < 24)
		return relative.format(Math.max(1, Math.round(hours)), "hour");
	if (Math.abs(days) > 7)
		return day(time);
	return relative.format(days, "day");
};
