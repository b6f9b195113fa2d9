// What axe-core says of a page, and whether it is wider than its window.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");

// A text for each fault.  axe-core goes in by the debugger, past the policy, and
// leaves it in force.
export const faultsOf = async (page) => {
	const client = await page.context().newCDPSession(page);
	await client.send("Runtime.evaluate", { expression: axe });
	const answer = await client.send("Runtime.evaluate", {
		expression: `axe.run(document, { resultTypes: ["violations"] })
			.then((one) => JSON.stringify(one.violations.map((v) =>
			v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " +
			n.failureSummary).join(" | "))))`,
		awaitPromise: true, returnByValue: true });
	await client.detach();
	const faults = JSON.parse(answer.result.value ?? "[\"axe failed\"]");
	const isWide = await page.evaluate(() =>
		document.documentElement.scrollWidth > innerWidth);
	return isWide ? [...faults, "the page is wider than the window"] : faults;
};
