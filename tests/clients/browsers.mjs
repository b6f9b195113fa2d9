// A browser that has remembered login and password, and a page of another site
// that makes it send a form.  /doctor asks for login and password.
//
//   node browsers.mjs chrome|firefox PROGRAM
import http from "node:http";
import puppeteer from "puppeteer-core";

const [kind, program] = process.argv.slice(2);
const { TENANTRY_URL: url, TENANTRY_LOGIN: username,
	TENANTRY_PASSWORD: password, NAME: name } = process.env;
const body = JSON.stringify({ organizationName: name, accountName: "First",
	eulaAccepted: true, x: "=" });
const [before, after] = body.split("=");

// JSON as a form of text/plain: the name of a field, `=`, its value
const form = `<form method="post" enctype="text/plain"
	action="${url}/v1/organizations">
	<input name='${before}' value='${after}'></form>`;

const check = (truth, text) => {
	console.log(`${truth ? "ok" : "not ok"} ${kind}: ${text}`);
	process.exitCode ||= truth ? 0 : 1;
};

const page_server = http.createServer((_, answer) => {
	answer.setHeader("Content-Type", "text/html");
	answer.end(form);
});
await new Promise((done) => page_server.listen(0, "127.0.0.1", done));
// localhost is another site than 127.0.0.1
const evil = `http://localhost:${page_server.address().port}/`;

const browser = await puppeteer.launch({ browser: kind, headless: true,
	executablePath: program,
	args: kind === "chrome" ? ["--no-sandbox"] : [] });
try {
	const page = await browser.newPage();
	await page.authenticate({ username, password });
	const doctor = await page.goto(`${url}/doctor`);
	check(doctor.status() === 200, "/doctor asks for login and password");
	await page.goto(evil);
	const [answer] = await Promise.all([
		page.waitForResponse((one) =>
			one.request().method() === "POST"),
		page.evaluate(() => {
			setTimeout(() => document.forms[0].submit(), 100);
		}),
	]);
	// 401 would say that no password came along
	check(answer.status() === 403, `the form is refused: ${answer.status()}`);
	const list = await fetch(`${url}/v1/organizations`,
		{ headers: { "X-Api-Key": process.env.TENANTRY_API_KEY } });
	check(!(await list.text()).includes(name), "and nothing is made");
} finally {
	await browser.close();
	page_server.close();
}
