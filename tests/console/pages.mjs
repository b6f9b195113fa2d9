// The pages that the program writes for a signed-in person, by roles and labels:
// sign in without the console, and read the doctor's page.
//
//   node pages.mjs WIDTH light|dark
//
// From the environment: URL; LOGIN and PASSWORD of a system administrator; SHOTS, a
// folder for pictures; those of browser.mjs.  In Chromium each page is looked at by
// axe-core, and the browser's console must stay empty.
import { mkdirSync } from "node:fs";
import { faultsOf, prepare } from "./axe.mjs";
import { isFirefox, launch, options, prefix, styleOfPictures } from "./browser.mjs";

const [width = "1280", theme = "light"] = process.argv.slice(2);
const { URL: url, LOGIN, PASSWORD, SHOTS } = process.env;
const found = [];
let step = "start";

mkdirSync(SHOTS, { recursive: true });
const browser = await launch(theme);

// What is tried at the end is refused, and the browser says so.
const isOfPolicy = (text) =>
	step === "policy" && /trusted-types|TrustedHTML/.test(text);

const open = async (javaScriptEnabled) => {
	const context = await browser.newContext({ ...options(theme),
		viewport: { width: Number(width), height: 780 }, javaScriptEnabled });
	const page = await context.newPage();
	await prepare(page);
	page.setDefaultTimeout(10000);
	page.on("console", (line) => {
		// Firefox asks for an icon by itself, and Chromium tells of a 401
		if (["error", "warning"].includes(line.type()) &&
		    !/Failed to load resource|favicon\.ico/.test(line.text()) &&
		    !isOfPolicy(line.text()))
			found.push(`${step}: ${line.text()}`);
	});
	page.on("pageerror", (error) => {
		if (!error.message.includes(styleOfPictures) &&
		    !error.message.includes("favicon.ico") &&
		    !isOfPolicy(error.message))
			found.push(`${step}: ${error.message}`);
	});
	return page;
};

const look = async (page, view) => {
	step = view;
	await page.screenshot({ path: `${SHOTS}/${prefix}${view}-${width}-${theme}.png`,
		fullPage: true });
	for (const one of await faultsOf(page))
		found.push(`${view}: ${one}`);
};

const signIn = async (page, password) => {
	await page.getByLabel("E-mail or login").fill(LOGIN);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByRole("button", { name: "Sign in" }).click();
};

const readDoctor = async (page) => {
	await page.getByRole("heading", { level: 1, name: /^Tenantry doctor: / })
		.waitFor();
	await page.getByRole("heading", { level: 2, name: "database", exact: false })
		.first().waitFor();
};

const walk = async (page) => {
	await page.goto(`${url}/sign-in?to=doctor`);
	await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
	await look(page, "sign-in");
	await signIn(page, "not this one");
	await page.getByRole("alert").waitFor();
	await look(page, "sign-in-wrong");
	await signIn(page, PASSWORD);
	await readDoctor(page);
	await look(page, "doctor");
	// a text is not made into elements, whatever the page is led to
	step = "policy";
	const isWritten = await page.evaluate(() => {
		try {
			document.body.insertAdjacentHTML("beforeend", "<b id=a>a</b>");
		} catch {
			return false;
		}
		return document.getElementById("a") !== null;
	});
	if (isWritten)
		found.push("the policy lets a text become elements");
};

// Firefox cannot be told to run no scripts.
const walkWithoutScripts = async () => {
	const page = await open(false);
	await page.goto(`${url}/sign-in?to=doctor`);
	await signIn(page, PASSWORD);
	await readDoctor(page);
	await page.context().close();
};

try {
	await walk(await open(true));
	if (!isFirefox)
		await walkWithoutScripts();
} catch (error) {
	found.push(`${step}: ${error.message}`);
}
await browser.close();
for (const one of found)
	console.log(one);
process.exit(found.length > 0 ? 1 : 0);
