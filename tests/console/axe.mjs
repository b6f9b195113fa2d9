// What axe-core says of a page, and whether it is wider than its window.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isFirefox } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");

// axe-core goes in by Chromium's debugger, past the policy, and leaves it in force.
const axeFaults = async (page) => {
	const client = await page.context().newCDPSession(page);
	await client.send("Runtime.evaluate", { expression: axe });
	const answer = await client.send("Runtime.evaluate", {
		expression: `axe.run(document, { resultTypes: ["violations"] })
			.then((one) => JSON.stringify(one.violations.map((v) =>
			v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " +
			n.failureSummary).join(" | "))))`,
		awaitPromise: true, returnByValue: true });
	await client.detach();
	return JSON.parse(answer.result.value ?? "[\"axe failed\"]");
};

// Into Firefox it goes with each page, before the page's own scripts.
export const prepare = (page) => isFirefox ?
	page.addInitScript({ content: axe }) : null;

const axeFaultsOfFirefox = (page) => page.evaluate(async () =>
	(await window.axe.run(document, { resultTypes: ["violations"] }))
		.violations.map((v) => `${v.id}: ${v.nodes.map((n) =>
			`${n.target.join(" ")} ${n.failureSummary}`).join(" | ")}`));

// A text for each fault.
export const faultsOf = async (page) => {
	const faults = await (isFirefox ? axeFaultsOfFirefox(page)
		: axeFaults(page));
	const isWide = await page.evaluate(() =>
		document.documentElement.scrollWidth > innerWidth);
	return isWide ? [...faults, "the page is wider than the window"] : faults;
};
