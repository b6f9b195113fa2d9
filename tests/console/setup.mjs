// The set-up as its owner uses it: by roles and labels, in Chromium or
// Firefox.
//
//   node setup.mjs WIDTH light|dark [open]
//
// open: everybody can read the program's folder.
//
// From the environment: URL, of a program without settings; PLACE, its folder;
// BASE, a database and its account; SOCKET of the database; SHOTS, a folder for
// pictures; those of browser.mjs.  In Chromium every page is looked at by axe-core,
// and the browser's console must stay empty.
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { faultsOf, prepare } from "./axe.mjs";
import { isFirefox, launch, options, prefix, styleOfPictures } from "./browser.mjs";

const [width = "1280", theme = "light", state] = process.argv.slice(2);
const { URL: url, PLACE, BASE, SOCKET, SHOTS } = process.env;
const found = [];
let step = "start";

mkdirSync(SHOTS, { recursive: true });
const browser = await launch(theme);

const open = async (javaScriptEnabled) => {
	const context = await browser.newContext({ ...options(theme),
		viewport: { width: Number(width), height: 780 }, javaScriptEnabled });
	const page = await context.newPage();
	await prepare(page);
	page.setDefaultTimeout(10000);
	page.on("console", (line) => {
		// Firefox asks for an icon by itself
		if (["error", "warning"].includes(line.type()) &&
		    !/Failed to load resource|favicon\.ico/.test(line.text()))
			found.push(`${step}: ${line.text()}`);
	});
	page.on("pageerror", (error) => {
		if (!error.message.includes(styleOfPictures) &&
		    !error.message.includes("favicon.ico"))
			found.push(`${step}: ${error.message}`);
	});
	return page;
};

const look = async (page, view) => {
	step = view;
	await page.screenshot({ path: `${SHOTS}/${prefix}setup-${width}-${theme}-${view}.png`,
		fullPage: true });
	for (const one of await faultsOf(page))
		found.push(`${view}: ${one}`);
};

const heading = (page, name) =>
	page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const codeOf = () => {
	const name = readdirSync(PLACE).find((one) => one.startsWith("setup-code"));
	return /^code = (.*)$/m.exec(readFileSync(`${PLACE}/${name}`, "utf8"))[1];
};
const giveCode = async (page, code) => {
	await page.getByLabel("Code of the file").fill(code);
	await page.getByRole("button", { name: "Go on" }).click();
};

const stop = async (page) => {
	await heading(page, "Where the settings will lie");
	await page.getByRole("alert").getByText("Everybody can read").waitFor();
	await look(page, "open");
	await page.reload();
	await page.getByRole("alert").getByText("Everybody can read").waitFor();
};

const goOn = async (page) => {
	// the page asks for the folder by itself
	await heading(page, "The database");
	await look(page, "database");
	await page.getByLabel("Name of the database").fill(BASE);
	await page.getByLabel("Account", { exact: true }).fill(BASE);
	await page.getByLabel("Password", { exact: true }).fill("falsch");
	await page.getByLabel("Socket").fill(SOCKET);
	await page.getByRole("button", { name: "Try it and go on" }).click();
	await page.getByRole("alert").getByText("Access denied").waitFor();
	await look(page, "denied");
	await page.getByLabel("Password", { exact: true }).fill("geheim");
	await page.getByRole("button", { name: "Try it and go on" }).click();
	await heading(page, "The tables");
	await look(page, "tables");
	await page.getByRole("button", { name: "Make the tables" }).click();
	// and goes on with the tables by itself
	await heading(page, "The first administrator");
	await look(page, "administrator");
	await page.getByLabel("E-mail address or login").fill("ada@acme.example");
	await page.getByLabel("Password", { exact: true }).fill("lang genug");
	await page.getByLabel("The password again").fill("lang genug");
	await page.getByRole("button", { name: "Finish the set-up" }).click();
	await heading(page, "Tenantry is set up");
	await look(page, "done");
	await page.getByRole("link", { name: "Open the console" }).click();
	await page.getByRole("heading", { name: "Sign in" }).waitFor();
	const answer = await fetch(`${url}/setup`);
	if (answer.status !== 404)
		found.push(`the page is still there: ${answer.status}`);
};

// Nothing secret is asked for in a folder with an address.  Firefox cannot be told
// to run no scripts.
const tryWithoutScripts = async () => {
	const plain = await open(false);
	await plain.goto(`${url}/`);
	await heading(plain, "Set up Tenantry");
	await giveCode(plain, codeOf());
	await heading(plain, "Where the settings will lie");
	await plain.getByText("Without a script this page cannot ask").waitFor();
	await plain.screenshot({
		path: `${SHOTS}/${prefix}setup-${width}-${theme}-plain.png` });
	await plain.context().close();
};

try {
	if (!isFirefox)
		await tryWithoutScripts();

	const page = await open(true);
	await page.goto(`${url}/`);
	await heading(page, "Set up Tenantry");
	await look(page, "code");
	await giveCode(page, "0000");
	await page.getByRole("alert").getByText("This code is wrong").waitFor();
	await look(page, "wrong");
	await giveCode(page, codeOf());
	if (state === "open")
		await stop(page);
	else
		await goOn(page);
} catch (error) {
	found.push(`${step}: ${error.message}`);
}
await browser.close();
for (const one of found)
	console.log(one);
process.exit(found.length > 0 ? 1 : 0);
