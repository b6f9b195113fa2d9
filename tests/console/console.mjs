// The console as a person uses it: by roles and labels, in Chromium or Firefox.
//
//   node console.mjs WIDTH light|dark [en|de]
//
// From the environment: TENANTRY_URL; LOGIN, PASSWORD of a user without an
// organization; TENANTRY_LOGIN, TENANTRY_PASSWORD of a system administrator;
// GROWTH_KEY and SMALL_KEY, licence keys; SHOTS, a folder for
// pictures; SQL, SQL_SOCKET and SQL_USER, to make a session older; those of
// THEME, the style sheet of the installation; browser.mjs.  Prints "ok"/"not ok" lines; in Chromium every view is looked at by
// axe-core (with CONSOLE=short a few of them), and the browser's console must stay
// empty.
import { execFileSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync }
	from "node:fs";
import { faultsOf, prepare } from "./axe.mjs";
import { download, isFirefox, launch, options, prefix,
	styleOfPictures } from "./browser.mjs";

const [width = "1280", theme = "light", locale = "en"] = process.argv.slice(2);
const { TENANTRY_URL: url, LOGIN, GROWTH_KEY, SMALL_KEY, SHOTS, CONSOLE, SQL, SQL_SOCKET,
	SQL_USER, TENANTRY_LOGIN, TENANTRY_PASSWORD, THEME } = process.env;
let { PASSWORD } = process.env;
const isPhone = Number(width) < 720;
const name = `${prefix}${width}-${theme}${locale === "en" ? "" : `-${locale}`}`;
const tag = `${name} ${process.pid}`;

mkdirSync(SHOTS, { recursive: true });
const found = []; // what the browser says, and what axe-core finds
let step = "start";

const browser = await launch(theme);

const open = async () => {
	const context = await browser.newContext({ ...options(theme),
		locale: locale === "de" ? "de-DE" : "en-GB",
		viewport: { width: Number(width), height: isPhone ? 780 : 860 } });
	const page = await context.newPage();
	await prepare(page);
	page.setDefaultTimeout(8000);
	page.on("console", (line) => {
		// an answer of 400 and more is a line of the browser's own
		if (["error", "warning"].includes(line.type()) &&
		    !/Failed to load resource/.test(line.text()))
			found.push(`${step}: ${line.text()}`);
	});
	page.on("pageerror", (error) => {
		if (!error.message.includes(styleOfPictures))
			found.push(`${step}: ${error.message}`);
	});
	page.on("request", (request) => {
		const asked = request.url();
		if (!asked.startsWith(new URL(url).origin) &&
		    !/^(data|blob):/.test(asked))
			found.push(`${step}: asks ${asked}`);
	});
	return page;
};

const few = ["sign-in", "overview", "members", "invite", "audit", "delete"];

// On a telephone all that is touched is 44 px high; a link within a text is not.
const tooSmall = (page) => page.evaluate(() => [...document.querySelectorAll(
	`button, .button, select, summary, nav a, .menu a, .segments label,
	.segments a, .row a.strong, .field.check label, textarea,
	input:not([type=radio], [type=checkbox])`)].filter((one) =>
	one.checkVisibility() && !one.closest(".pill, .skip") &&
	one.getBoundingClientRect().height < 43.5).map((one) =>
	`${one.localName}.${one.className} ${one.textContent.trim()} is ${
		Math.round(one.getBoundingClientRect().height)} px high`));

const look = async (page, view) => {
	step = view;
	if (isPhone)
		for (const one of await tooSmall(page))
			found.push(`${view}: ${one}`);
	if (CONSOLE === "short" && !few.includes(view))
		return;
	await page.evaluate(() => new Promise((done) =>
		requestAnimationFrame(() => requestAnimationFrame(done))));
	await page.screenshot({ path: `${SHOTS}/${name}-${view}.png` });
	for (const one of await faultsOf(page))
		found.push(`${view}: ${one}`);
};

const steps = [];
const it = (text, run) => steps.push([text, run]);
const must = (truth, text) => {
	if (!truth)
		throw new Error(text);
};

const page = { main: null };
const exactly = (role, name) => page.main.getByRole(role, { name, exact: true });
const button = (text) => exactly("button", text);
const field = (text) => page.main.getByLabel(text, { exact: true });
const heading = (text) => page.main.getByRole("heading", { name: text })
	.first();
const dialog = () => page.main.getByRole("dialog");
const toast = (text) => page.main.getByText(text).first().waitFor();
const visit = async (text) => {
	if (isPhone)
		await page.main.getByRole("button", { name: "Pages" }).click();
	await page.main.getByRole("navigation").getByRole("link", { name: text })
		.click();
	await heading(text).waitFor();
};
const menu = async (of, entry) => {
	await page.main.getByRole("button", { name: `More for ${of}` }).click();
	await button(entry).last().click();
};
// As if the password had been given an hour ago: the service asks for it again.
const sql = (text) => execFileSync(SQL, [SQL_SOCKET, SQL_USER, text]);
const age = (login = LOGIN) => sql(`UPDATE sessions SET
	confirmed_at = confirmed_at - INTERVAL 1 HOUR WHERE user_id =
	(SELECT id FROM users WHERE email = '${login}')`);
const confirm = async () => {
	await heading("Confirm that it is you").waitFor();
	await look(page.main, "confirm");
	await dialog().last().getByLabel("Password").fill("not this one");
	await button("Confirm").click();
	await page.main.getByText("The password is wrong.").waitFor();
	await dialog().last().getByLabel("Password").fill(PASSWORD);
	await button("Confirm").click();
};

// Another browser, in which this person or another one is signed in.
const other = async (login = LOGIN, password = PASSWORD) => {
	const there = await open();
	await there.goto(`${url}/`);
	await there.getByLabel("E-mail or login", { exact: true }).fill(login);
	await there.getByLabel("Password", { exact: true }).fill(password);
	await there.getByRole("button", { name: "Sign in" }).click();
	await there.getByRole("button", { name: /^Account/ }).waitFor();
	return there;
};
const isOut = async (there) => {
	await there.reload();
	await there.getByRole("heading", { name: "Sign in" }).waitFor();
	await there.context().close();
};

const org = `Harbour Works ${tag}`;

// The colleague who is invited, as a program signs in.
const colleague = `colleague.${process.pid}@example.org`;
const jsonHeaders = { "Content-Type": "application/json",
	"X-Requested-With": "test" };
const signIn = () => fetch(`${url}/v1/session`, {
	method: "POST", headers: jsonHeaders,
	body: JSON.stringify({ login: colleague, password: "a long password" }) });
const signsIn = async () => (await signIn()).status;

// A key that the colleague makes; its last letters.
const keyOfColleague = async () => {
	const cookie = (await signIn()).headers.get("Set-Cookie").split(";")[0];
	const answer = await fetch(`${url}/v1/api-keys`, { method: "POST",
		headers: { ...jsonHeaders, Cookie: cookie },
		body: JSON.stringify({ description: "Laptop" }) });
	must(answer.status === 201, `a key is refused: ${answer.status}`);
	return (await answer.json()).apiKey.spec.hint;
};

it("a wrong password is said beside the form, and nobody is in", async () => {
	page.main = await open();
	await page.main.goto(`${url}/`);
	await heading("Sign in").waitFor();
	await look(page.main, "sign-in");
	await field("E-mail or login").fill(LOGIN);
	await field("Password").fill("not this one");
	await button("Sign in").click();
	await page.main.getByText("Login or password is wrong.").waitFor();
});

it("who has no organization makes the first one", async () => {
	await field("E-mail or login").fill(LOGIN);
	await field("Password").fill(PASSWORD);
	await button("Sign in").click();
	await heading("Make your first organization").waitFor();
	await field("Name").fill(org);
	await page.main.getByText("Free just now.").waitFor();
	await look(page.main, "first");
	await button("Create organization").click();
	await page.main.getByText("Accept the terms of use to go on.").waitFor();
	await field("I accept the terms of use").check();
	await button("Create organization").click();
	await heading(org).waitFor();
	await heading("Last events").waitFor();
	await page.main.getByRole("row").filter({ hasText: "organization.create" })
		.waitFor();
	await look(page.main, "overview-new");
});

it("a name that is taken is said before the click, and after it", async () => {
	await page.main.goto(`${url}/#/new`);
	await heading("New organization").waitFor();
	await field("Name").fill(org.toUpperCase());
	await page.main.getByText("This name is in use.").waitFor();
	await field("I accept the terms of use").check();
	await button("Create organization").click();
	await page.main.locator("[aria-invalid=true]").waitFor();
	must(await field("Name").getAttribute("aria-invalid") === "true",
		"the field is not marked");
	await look(page.main, "name-taken");
});

it("the newest answer of the name check wins", async () => {
	if (isFirefox)
		return;
	let answered = 0;
	await page.main.route("**/v1/organizations/verify", async (route) => {
		const isOld = route.request().postData().includes("Old");
		if (isOld)
			await new Promise((done) => setTimeout(done, 1500));
		await route.fulfill({ json: { inUse: isOld },
			headers: { "X-Request-Id": "test" } }).catch(() => {});
		answered++;
	});
	await page.main.goto(`${url}/#/`);
	await page.main.goto(`${url}/#/new`);
	await heading("New organization").waitFor();
	const asked = page.main.waitForRequest("**/verify");
	await field("Name").fill("Old");
	await asked;
	await field("Name").fill("New");
	await page.main.getByText("Free just now.").waitFor();
	while (answered < 2)
		await page.main.waitForTimeout(100);
	await page.main.evaluate(() => new Promise((done) =>
		requestAnimationFrame(() => requestAnimationFrame(done))));
	must(await page.main.getByText("This name is in use.").count() === 0,
		"an old answer is shown");
	await page.main.unroute("**/v1/organizations/verify");
});

let made;
it("the first key is shown once, with a command that works", async () => {
	await page.main.goto(`${url}/#/`);
	await page.main.getByRole("link", { name: org }).first().click();
	await button("Create key").click();
	await field("What it is for").fill("Deployment");
	await look(page.main, "new-key");
	age();
	await dialog().getByRole("button", { name: "Create key" }).click();
	await confirm();
	await heading("Key “Deployment”").waitFor();
	await look(page.main, "key-shown");
	await page.main.keyboard.press("Escape");
	must(await dialog().count() === 1, "Escape closes what is shown once");
	const shown = await dialog().getByRole("group").first().textContent();
	const file = await download(page.main, () => dialog().getByRole("link",
		{ name: "Download" }).click());
	must(file === `${shown}\n` && /^tny_/.test(shown), `the file is ${file}`);
	if (!isFirefox) {
		await page.main.context().grantPermissions(["clipboard-read",
			"clipboard-write"]);
		await button("Copy").first().click();
		await button("Copied").waitFor();
		must(await page.main.evaluate(() => navigator.clipboard.readText()) ===
			shown, "something else is copied");
	}
	const command = await page.main.getByText("curl -H").last().textContent();
	const [, key, address] = command.match(/X-Api-Key: (\S+)" (\S+)/);
	const answer = await fetch(address, { headers: { "X-Api-Key": key } });
	must((await answer.json()).accounts?.length === 1, "the command fails");
	made = key;
	await button("I have saved it").click();
	must(!(await page.main.content()).includes(made), "the key stays");
});

let link;
it("a colleague is invited by a link, which is shown once", async () => {
	await visit("Members");
	await page.main.keyboard.press("n");
	await heading("Invite somebody").waitFor();
	await look(page.main, "invite");
	await field("E-mail address").fill(`colleague.${process.pid}@example.org`);
	await page.main.getByText("A link I pass on").click();
	await button("Create link").click();
	await heading("Link for").waitFor();
	await look(page.main, "link");
	link = await dialog().getByRole("group").textContent();
	must(link.startsWith(`${url}/#/accept/`), `the link is ${link}`);
	await button("I have saved it").click();
	await page.main.getByText("Invited by").first().waitFor();
	await look(page.main, "members");
});

it("an address that is invited is said beside the field", async () => {
	await button("Invite").or(page.main.getByRole("button",
		{ name: /^Invite/ })).first().click();
	await field("E-mail address").fill(`colleague.${process.pid}@example.org`);
	await button("Create link").click();
	await page.main.getByText("This address is invited already.").waitFor();
	await page.main.keyboard.press("Escape");
	must(await dialog().count() === 0, "Escape closes no dialog");
});

it("the colleague accepts without an account", async () => {
	const admin = page.main;
	page.main = await open();
	await page.main.goto(link);
	await heading(`Join ${org}`).waitFor();
	await look(page.main, "accept");
	await field("Your name").fill("Project Lead");
	await field("Choose a password").fill("a long password");
	await button(`Join ${org}`).click();
	await heading("Sign in").waitFor();
	await page.main.getByText("Your account is made.").waitFor();
	await page.main.context().close();
	page.main = admin;
	await page.main.reload();
	await page.main.getByText("Project Lead").first().waitFor();
});

it("the pages of mails say what is wrong with a link", async () => {
	const admin = page.main;
	page.main = await open();
	await page.main.goto(`${url}/#/reset/none`);
	await field("New password").fill("a long password");
	await look(page.main, "reset");
	await button("Save").click();
	await page.main.getByText("This link was used, or is too old.").waitFor();
	await page.main.goto(`${url}/#/confirm/none`);
	await heading("Confirm address").waitFor();
	await look(page.main, "confirm");
	await button("Confirm address").click();
	await page.main.getByText("This link was used, or is too old.").waitFor();
	// the instance sends no mail
	await page.main.goto(`${url}/#/reset/none`);
	await field("New password").fill("a long password");
	await page.main.goto(`${url}/#/forgot`);
	await heading("Forgot the password?").waitFor();
	must(await field("E-mail address").inputValue() === "",
		"a field still holds what was typed in another page");
	await field("E-mail address").fill("nobody@example.org");
	await look(page.main, "forgot");
	await button("Send the mail").click();
	await page.main.getByText("this service sends no mail").waitFor();
	await page.main.goto(`${url}/#/`);
	await heading("Sign in").waitFor();
	must(await page.main.getByText("Forgot the password?").count() === 0,
		"mail is offered where there is none");
	await page.main.context().close();
	page.main = admin;
});

it("a role changes at once and back by Undo", async () => {
	const role = field("Role of Project Lead");
	await role.selectOption("admin");
	await toast("Project Lead: now Admin");
	await look(page.main, "undo");
	await button("Undo").click();
	await page.main.waitForFunction(() => [...document.querySelectorAll(
		"select")].every((one) => !one.ariaLabel?.includes("Lead") ||
		one.value === "user"));
});

it("the last admin stays one, and is told why", async () => {
	await page.main.getByLabel("Role of").first().selectOption("user");
	await toast("This is the last admin");
});

it("roles in projects are given, and taken away after a look", async () => {
	const role = () => dialog().getByLabel("Production", { exact: true });
	await menu("Project Lead", "Projects …");
	await field("Add a project").selectOption({ label: "Production · User" });
	await role().waitFor();
	must(await role().inputValue() === "user", "it has another role");
	await look(page.main, "projects-of");
	await button("Save").click();
	await toast("Project Lead");
	await dialog().waitFor({ state: "detached" });
	await menu("Project Lead", "Projects …");
	await role().selectOption("None");
	await button("Save").click();
	await heading("Take a role away?").waitFor();
	must(await page.main.evaluate(() => document.activeElement.textContent) ===
		"Keep it", "the red button has the focus");
	await look(page.main, "take-role");
	await button("Keep it").click();
	await menu("Project Lead", "Projects …");
	must(await role().inputValue() === "user", "the role is gone");
	await role().selectOption("None");
	await button("Save").click();
	await button("Take away").click();
	await dialog().waitFor({ state: "detached" });
	await menu("Project Lead", "Projects …");
	await field("Add a project").waitFor();
	must(await role().count() === 0, "the role stays");
	await page.main.keyboard.press("Escape");
	must(await page.main.evaluate(() => document.activeElement.ariaLabel) ===
		"More for Project Lead", "the focus does not return");
});

it("removing shows what ends, and the safe button has the focus", async () => {
	const hint = await keyOfColleague();
	await menu("Project Lead", "Remove member");
	await page.main.getByText("1 membership ends").waitFor();
	await page.main.getByText("1 key stops working").waitFor();
	await dialog().getByText(`…${hint}`).waitFor();
	must(await page.main.evaluate(() => document.activeElement.textContent) ===
		"Keep it", "the red button has the focus");
	await look(page.main, "remove");
	await dialog().getByRole("button", { name: "Remove member" }).click();
	await toast("Project Lead is removed");
	await page.main.getByRole("cell").filter({ hasText: "Project Lead" })
		.first().waitFor({ state: "detached" });
});

it("a limit says why, and a licence is the way out", async () => {
	await visit("Projects");
	await look(page.main, "projects");
	await page.main.keyboard.press("n");
	await field("Name").fill("Staging");
	await button("Create project").click();
	await page.main.getByText("The licence allows no more.").waitFor();
	await look(page.main, "limit");
	await page.main.keyboard.press("Escape");
	await visit("Licence");
	await field("Licence key").fill("not a key");
	await button("Install licence").click();
	await page.main.locator("[aria-invalid=true]").waitFor();
	await field("Licence key").fill(GROWTH_KEY);
	await button("Install licence").click();
	await toast("The licence is installed");
	await look(page.main, "licence");
	// what it would take is said before
	await field("Licence key").fill(SMALL_KEY);
	await button("Install licence").click();
	await heading("Install a smaller licence?").waitFor();
	await dialog().getByText("3").first().waitFor();
	await look(page.main, "smaller");
	await button("Keep it").click();
	await dialog().waitFor({ state: "detached" });
	must((await field("Licence key").inputValue()) !== "",
		"it is installed all the same");
	await visit("Projects");
	await page.main.keyboard.press("n");
	await field("Name").fill("Staging");
	await button("Create project").click();
	await page.main.getByRole("link", { name: "Staging" }).waitFor();
	if (isPhone)
		await page.main.getByRole("button", { name: "Pages" }).click();
	await page.main.getByRole("navigation").getByRole("link",
		{ name: "Projects 2" }).waitFor();
	await look(page.main, "side-list");
	if (isPhone)
		await page.main.keyboard.press("Escape");
});

it("a project has its own people", async () => {
	await page.main.getByRole("link", { name: "Staging" }).click();
	await heading("Staging").waitFor();
	await look(page.main, "project");
	await visit("Projects");
	await menu("Staging", "Rename");
	await field("Name").fill("Stage");
	await button("Rename").last().click();
	await page.main.getByRole("link", { name: "Stage", exact: true }).waitFor();
	await toast("Renamed");
	await menu("Stage", "Delete project");
	await dialog().getByRole("button", { name: "Delete project" }).click();
	await toast("Stage is deleted");
});

it("a key is replaced and revoked", async () => {
	await visit("Keys");
	await look(page.main, "keys");
	await menu("Deployment", "Replace key");
	await field("The old key ends").selectOption("At once");
	await dialog().getByText("The old key is refused at once").waitFor();
	await look(page.main, "rotate");
	await field("The old key ends").selectOption("In a day");
	must(await dialog().getByText("The old key is refused at once").count() ===
		0, "the warning stays");
	await dialog().getByRole("button", { name: "Replace key" }).click();
	await button("I have saved it").click();
	await page.main.getByText("Replaced").waitFor();
	await page.main.getByRole("link", { name: "The organization's" }).click();
	await page.main.getByText("No keys yet").waitFor();
	await look(page.main, "keys-empty");
});

it("the audit trail is narrowed by kind and day, and saved as CSV", async () => {
	const rows = page.main.getByRole("row");
	await visit("Audit trail");
	await rows.filter({ hasText: "project.delete" }).waitFor();
	await field("Kind").selectOption("Key");
	await rows.filter({ hasText: "project.delete" })
		.waitFor({ state: "detached" });
	await rows.filter({ hasText: "key.create" }).filter({ hasText: LOGIN })
		.first().waitFor();
	await look(page.main, "audit");
	const text = await download(page.main, () =>
		button("Download as CSV").click());
	must(/^"id","timestamp",/.test(text) && text.includes("key.create") &&
		!text.includes("project.delete"), `the CSV is ${text}`);
	await field("Until").fill("2001-01-01");
	await heading("Nothing found").waitFor();
	await field("From").fill("2001-01-02");
	await page.main.getByRole("alert").waitFor();
});

it("name and labels are saved, and taken back by Undo", async () => {
	await visit("Settings");
	await field("Name").fill(`${org} Ltd`);
	await field("Labels").fill("env=production");
	await look(page.main, "settings");
	await button("Save").click();
	await toast("Changes saved");
	await button("Undo").click();
	await page.main.waitForFunction((text) => document.querySelector(
		"#f-displayName").defaultValue === text, org);
	if (!isPhone)
		await page.main.getByRole("button", { name: org }).first().waitFor();
});

it("organizations are found by name; administrators open any", async () => {
	const [, slug] = page.main.url().match(/#\/o\/([^/]+)/);
	const mine = page.main;
	await mine.goto(`${url}/#/`);
	await field("Find by name").fill("Nothing");
	await heading("Nothing found").waitFor();
	await field("Find by name").fill("Harbour");
	await page.main.getByRole("link", { name: org }).first().waitFor();
	page.main = await other(TENANTRY_LOGIN, TENANTRY_PASSWORD);
	await page.main.goto(`${url}/#/?q=${slug}`);
	await look(page.main, "not-found");
	await page.main.getByRole("link", { name: `Open “${slug}”` }).click();
	await heading(org).waitFor();
	await page.main.context().close();
	page.main = mine;
	await mine.goto(`${url}/#/o/${slug}/settings`);
	await heading("Settings").waitFor();
});

it("the pages of the system are for its administrators alone", async () => {
	const asked = [];
	page.main.on("request", (request) => asked.push(request.url()));
	await page.main.goto(`${url}/#/system/users`);
	await heading("There is no such page").waitFor();
	await page.main.getByRole("button", { name: "Account" }).click();
	must(await exactly("link", "System").count() === 0, "a link to the system");
	await page.main.keyboard.press("Escape");
	must(!asked.some((one) => /system|doctor/.test(one)), "they are asked for");
	await page.main.goBack();
	await heading("Settings").waitFor();
	must(await exactly("group", "System").count() === 0,
		"the side list has them");
});

let mine;
it("a system administrator finds every organization", async () => {
	mine = page.main;
	page.main = await other(TENANTRY_LOGIN, TENANTRY_PASSWORD);
	await page.main.getByRole("button", { name: "Account" }).click();
	await exactly("link", "System").click();
	await heading("Organizations").waitFor();
	await field("Find by name").fill(org.toUpperCase());
	await page.main.waitForFunction(() => location.hash.includes("q="));
	const row = page.main.getByRole("row").filter({ hasText: org });
	await row.getByText(/\d projects?, \d members?/).waitFor();
	await look(page.main, "system-organizations");
	await page.main.getByRole("main").getByRole("link", { name: "Deleted",
		exact: true }).click();
	await heading("Nothing found").waitFor();
	must(await field("Find by name").inputValue() === org.toUpperCase(),
		"the state forgets what is searched");
	await page.main.getByRole("link", { name: "Active" }).click();
	await page.main.getByRole("link", { name: org }).click();
	await heading(org).waitFor();
	if (isPhone)
		await page.main.getByRole("button", { name: "Pages" }).click();
	await exactly("group", "System").waitFor();
	await look(page.main, "system-list");
	if (isPhone)
		await page.main.keyboard.press("Escape");
	await visit("Users");
	await look(page.main, "system-users");
});

it("a user is disabled and enabled, and the page says what it means",
	async () => {
		must(await signsIn() === 201, "the colleague cannot sign in");
		await field("Find by address").fill(colleague);
		await page.main.waitForFunction(() => location.hash.includes("q="));
		await page.main.waitForFunction(() =>
			document.querySelectorAll("main .row").length === 1);
		await menu("Project Lead", "Disable");
		await page.main.getByText("refused from the next request on").waitFor();
		await look(page.main, "disable");
		await dialog().getByRole("button", { name: "Disable" }).click();
		await toast("Project Lead is disabled");
		await page.main.getByRole("cell", { name: "Disabled" }).waitFor();
		must(await signsIn() === 401, "who is disabled signs in");
		await page.main.getByRole("link", { name: "Disabled" }).click();
		await page.main.getByRole("cell", { name: "Disabled" }).waitFor();
		await look(page.main, "disabled");
		await menu("Project Lead", "Enable");
		await dialog().getByRole("button", { name: "Enable" }).click();
		await toast("Project Lead is enabled");
		must(await signsIn() === 201, "who is enabled cannot sign in");
		// the only admin of an organization
		await page.main.goto(`${url}/#/system/users?q=${
			encodeURIComponent(LOGIN)}`);
		await page.main.waitForFunction(() =>
			document.querySelectorAll("main .row").length === 1);
		await page.main.getByRole("button", { name: "More for" }).click();
		await button("Disable").click();
		await dialog().getByRole("button", { name: "Disable" }).click();
		await dialog().getByText("This is the last admin").waitFor();
		await page.main.keyboard.press("Escape");
	});

it("nobody disables oneself by the page", async () => {
	await page.main.goto(`${url}/#/system/users?q=${
		encodeURIComponent(TENANTRY_LOGIN)}`);
	await page.main.getByText("System administrator").first().waitFor();
	const row = page.main.getByRole("row").filter({ hasText: "You" });
	must(await row.getByRole("button").count() === 0, "there is a menu");
});

it("the outbox says what failed, and why", async () => {
	sql(`INSERT INTO outbox (id, kind, user_id, state, attempts, created_at,
		due_at, ended_at, last_error) SELECT '0${`${process.pid}`
		.padStart(25, "0")}', 'old', id, 'failed', 5,
		UTC_TIMESTAMP(3) - INTERVAL 3 HOUR, UTC_TIMESTAMP(3),
		UTC_TIMESTAMP(3), 'exit status 69: no route to the host'
		FROM users WHERE email = '${TENANTRY_LOGIN}'`);
	await visit("Outbox");
	const row = page.main.getByRole("row")
		.filter({ hasText: "no route to the host" });
	await row.getByText("3 hours ago").waitFor();
	await look(page.main, "outbox");
	await page.main.getByRole("link", { name: "Failed" }).click();
	await row.getByText("Failed").waitFor();
	await page.main.getByRole("link", { name: "Waits" }).click();
	await row.waitFor({ state: "detached" });
	sql(`DELETE FROM outbox WHERE last_error LIKE '%no route to the host'`);
});

it("the installation says what was found, the worst first", async () => {
	await visit("Installation");
	await page.main.getByText(/^Version \S+, commit \S+, schema \d+$/).waitFor();
	const row = page.main.getByRole("row").filter({ hasText: "authorization" });
	await row.getByText("To do:").waitFor();
	await row.getByText("Not tried").waitFor(); // a session sends none
	const states = await page.main.locator("main .row .pill").allTextContents();
	const order = ["Broken", "Warning", "Not tried", "In order"];
	must(states.length > 10 && states.every((one, i) => order.includes(one) &&
		(i === 0 || order.indexOf(states[i - 1]) <= order.indexOf(one))),
	`they are ${states}`);
	await look(page.main, "installation");
});

it("the counters are on a page of their own", async () => {
	await visit("Metrics");
	await page.main.getByRole("row").filter({ hasText:
		"tenantry_requests_total" }).filter({ hasText: "/v1/system/users" })
		.first().waitFor();
	await look(page.main, "metrics");
});

it("the keyboard goes there too, and a password is asked again", async () => {
	await page.main.evaluate(() => document.activeElement.blur());
	for (const [key, text] of [["x", "Outbox"], ["i", "Installation"],
		["y", "Organizations"]]) {
		await page.main.keyboard.press("g");
		await page.main.keyboard.press(key);
		await page.main.getByRole("heading", { level: 1, name: text })
			.waitFor();
	}
	await page.main.keyboard.press("?");
	await page.main.getByText("System: Users").waitFor();
	await page.main.keyboard.press("Escape");
	age(TENANTRY_LOGIN);
	await page.main.keyboard.press("g");
	await page.main.keyboard.press("u");
	await heading("Confirm that it is you").waitFor();
	await page.main.keyboard.press("Escape");
	await page.main.getByText("This needs your password once more.").waitFor();
	await look(page.main, "system-confirm");
	await page.main.getByRole("main").getByRole("button", { name: "Confirm" })
		.click();
	await dialog().getByLabel("Password").fill(TENANTRY_PASSWORD);
	await dialog().getByRole("button", { name: "Confirm" }).click();
	await page.main.getByText("System administrator").first().waitFor();
	// its pages are found without the password: it is not asked at the start
	age(TENANTRY_LOGIN);
	await page.main.goto(`${url}/#/me`);
	await page.main.reload();
	await heading("Your account").waitFor();
	must(await dialog().count() === 0, "the password is asked at the start");
	await page.main.getByRole("button", { name: "Account" }).click();
	await exactly("link", "System").waitFor();
	await page.main.context().close();
	page.main = mine;
});

it("search finds by the beginning of a name", async () => {
	if (isPhone)
		return;
	await page.main.keyboard.press("/");
	await page.main.keyboard.type("Prod");
	await page.main.keyboard.press("Enter");
	await heading("“Prod”").waitFor();
	await page.main.getByRole("link", { name: "Production" }).waitFor();
	await look(page.main, "search");
});

it("the keyboard goes to every page, and ? shows how", async () => {
	await page.main.evaluate(() => document.activeElement.blur());
	for (const [key, text] of [["m", "Members"], ["k", "Keys"],
		["a", "Audit trail"], ["s", "Settings"], ["l", "Licence"],
		["o", org]]) {
		await page.main.keyboard.press("g");
		await page.main.keyboard.press(key);
		await page.main.getByRole("heading", { level: 1, name: text })
			.waitFor();
	}
	await look(page.main, "overview");
	// a page is said to who does not see it
	await page.main.waitForFunction((text) => document.querySelector(
		"[aria-live=polite]").textContent === text, "Overview");
	await page.main.keyboard.press("?");
	await heading("Keyboard").waitFor();
	await look(page.main, "keyboard");
	await page.main.keyboard.press("Escape");
});

it("who wants less motion has none", async () => {
	const motion = () => page.main.evaluate(() => getComputedStyle(
		document.querySelector(".progress")).animationName);
	must(await motion() === "none", "something moves");
	if (isFirefox)
		return;
	await page.main.emulateMedia({ reducedMotion: "no-preference" });
	must(await motion() === "slide", "nothing moves");
	await page.main.emulateMedia({ reducedMotion: "reduce" });
});

it("a style sheet of the installation changes the accent", async () => {
	if (!THEME)
		return;
	const colour = () => page.main.evaluate(() => getComputedStyle(
		document.querySelector("main .primary")).backgroundColor);
	const before = await colour();
	writeFileSync(THEME, ":root { --accent: #123456; --on-accent: #fff; }\n");
	try {
		await page.main.reload();
		await heading(org).waitFor();
		must(await colour() === "rgb(18, 52, 86)", `it is ${await colour()}`);
	} finally {
		rmSync(THEME);
	}
	await page.main.reload();
	await heading(org).waitFor();
	must(await colour() === before, "it stays");
});

// Of a page that the browser has kept; the measure is printed, not judged: other
// tests run on this machine.
it("the first view after sign-in", async () => {
	const times = [];
	for (let i = 0; i < 9; i++) {
		await page.main.reload();
		await heading(org).waitFor();
		times.push(await page.main.evaluate(() => performance.now()));
	}
	const median = Math.round(times.sort((a, b) => a - b)[4]);
	writeFileSync(`${SHOTS}/${name}-first-view.txt`, `${median} ms\n`);
	console.log(`# the first view of an overview: ${median} ms, the median of 9`);
});

it("each page shows its request as curl", async () => {
	await page.main.getByText("This page as curl").click();
	await page.main.getByText("curl -H \"X-Api-Key: $KEY\"").waitFor();
});

it("the account has its memberships", async () => {
	await page.main.getByRole("button", { name: "Account" }).click();
	await look(page.main, "menu");
	await page.main.getByRole("link", { name: "Your account" }).click();
	await heading("Your account").waitFor();
	await page.main.getByRole("link", { name: org }).first().waitFor();
	await heading("Your keys").waitFor();
	await page.main.getByRole("row").filter({ hasText: "Deployment" })
		.filter({ hasText: org }).first().waitFor();
});

it("one's name changes everywhere, and back by Undo", async () => {
	await button("Change name").click();
	await look(page.main, "name");
	const old = await field("Your name").inputValue();
	await field("Your name").fill("Ada King");
	await button("Save").click();
	await toast("Changes saved");
	await page.main.getByRole("button", { name: "Account AK" }).waitFor();
	await button("Undo").click();
	await page.main.getByText(old, { exact: true }).first().waitFor();
});

it("a session elsewhere is seen, and ended from here", async () => {
	const there = await other();
	await page.main.reload();
	await look(page.main, "me");
	await page.main.getByRole("button", { name: /^Sign out the session/ })
		.click();
	await toast("Signed out there");
	await page.main.getByRole("button", { name: /^Sign out the session/ })
		.waitFor({ state: "detached" });
	await isOut(there);
});

it("another password ends the other sessions, and this one stays", async () => {
	const there = await other();
	await button("Change password").click();
	await field("Current password").fill("not this one");
	await field("New password").fill("short");
	await button("Change password").last().click();
	await page.main.getByText("The password is wrong.").waitFor();
	await field("Current password").fill(PASSWORD);
	age();
	await button("Change password").last().click();
	await page.main.getByText("At least 8 characters, at most").waitFor();
	await look(page.main, "password");
	await field("New password").fill(`${PASSWORD} 2`);
	await button("Change password").last().click();
	await toast("The password is changed");
	PASSWORD = `${PASSWORD} 2`;
	await isOut(there);
});

it("deleting wants the slug and the password; restore brings it back",
	async () => {
		await page.main.getByRole("link", { name: org }).first().click();
		await heading(org).waitFor();
		await visit("Settings");
		await button("Delete organization").click();
		await heading(`Delete ${org}?`).waitFor();
		const slug = await dialog().locator("label .mono").textContent();
		await dialog().getByLabel("Your password").fill(PASSWORD);
		await dialog().getByLabel("to confirm").fill("something");
		await dialog().getByRole("button", { name: "Delete organ" }).click();
		await page.main.getByText("This is not the short name").waitFor();
		await look(page.main, "delete");
		await dialog().getByLabel("to confirm").fill(slug);
		await dialog().getByRole("button", { name: "Delete organ" }).click();
		await button("Restore").waitFor();
		await look(page.main, "organizations");
		const person = page.main;
		page.main = await other(TENANTRY_LOGIN, TENANTRY_PASSWORD);
		await page.main.goto(`${url}/#/system/organizations?state=deleted`);
		await page.main.getByRole("row").filter({ hasText: org })
			.getByText("Deleted").waitFor();
		must(await page.main.getByRole("link", { name: org }).count() === 0,
			"a link to what is deleted");
		await look(page.main, "system-deleted");
		await page.main.context().close();
		page.main = person;
		await button("Restore").click();
		await dialog().getByRole("button", { name: "Restore" }).click();
		await heading(org).waitFor();
	});

it("leaving as the only member says what to do instead", async () => {
	await visit("Settings");
	await button("Leave organization").click();
	await toast("You are the only member");
});

it("who is the last admin leaves with a successor", async () => {
	const second = `Second ${tag}`;
	await page.main.goto(`${url}/#/new`);
	await field("Name").fill(second);
	await field("I accept the terms of use").check();
	await button("Create organization").click();
	await heading(second).waitFor();
	// another tab is in the other organization
	const tab = await page.main.context().newPage();
	await tab.goto(`${url}/#/`);
	await tab.getByRole("link", { name: org, exact: true }).first().click();
	await tab.getByRole("heading", { level: 1, name: org }).waitFor();
	await tab.keyboard.press("n");
	await tab.getByLabel("Name", { exact: true }).fill("Of the other tab");
	await tab.getByRole("button", { name: "Create project" }).click();
	await tab.getByRole("link", { name: "Of the other tab" }).waitFor();
	await page.main.reload();
	await heading(second).waitFor();
	await page.main.getByRole("link", { name: "Production" }).waitFor();
	must(await page.main.getByText("Of the other tab").count() === 0,
		"one tab is in the organization of the other");
	await tab.close();
	// deleted, and back by Undo
	await visit("Settings");
	await button("Delete organization").click();
	const slug = await dialog().locator("label .mono").textContent();
	await dialog().getByLabel("Your password").fill(PASSWORD);
	await dialog().getByLabel("to confirm").fill(slug);
	await dialog().getByRole("button", { name: "Delete organ" }).click();
	await toast(`${second} is deleted`);
	await button("Undo").click();
	await heading(second).waitFor();
	sql(`INSERT INTO organization_bindings (user_id, organization_id, role,
	    created_at) SELECT u.id, o.id, 'user', UTC_TIMESTAMP(3) FROM users u
	    JOIN organizations o ON o.display_name = '${second}'
	    WHERE u.email = '${colleague}';
	    UPDATE organizations SET member_count = 2
	    WHERE display_name = '${second}'`);
	await visit("Settings");
	await button("Leave organization").click();
	await heading(`Leave ${second}?`).waitFor();
	await dialog().getByText("1 membership ends").waitFor();
	await dialog().getByLabel("Who becomes").selectOption({
		label: `Project Lead (${colleague})` });
	await look(page.main, "leave");
	await dialog().getByRole("button", { name: "Leave organization" }).click();
	await toast(second);
	await heading("Organizations").waitFor();
	must(await exactly("link", second).count() === 0, "it is still listed");
	must(sql(`SELECT b.role FROM organization_bindings b JOIN organizations o
	    ON o.id = b.organization_id WHERE o.display_name = '${second}'`)
		.toString().trim() === "admin", "there is no successor");
	await page.main.getByRole("link", { name: org }).first().click();
	await heading(org).waitFor();
});

it("signing out everywhere ends this session too, and says so", async () => {
	const there = await other();
	await page.main.goto(`${url}/#/me`);
	await button("Sign out everywhere").click();
	await heading("Sign out everywhere?").waitFor();
	await look(page.main, "everywhere");
	await dialog().getByRole("button", { name: "Sign out everywhere" })
		.click();
	await page.main.getByText("You are signed out everywhere.").waitFor();
	await isOut(there);
	await field("E-mail or login").fill(LOGIN);
	await field("Password").fill(PASSWORD);
	await button("Sign in").click();
	await heading(org).waitFor();
});

it("an organization is exported, and what there is of oneself", async () => {
	for (const [hash, words] of [[null, "\"kind\":\"project\""],
		["#/me", "\"memberships\""]]) {
		if (hash) {
			await page.main.goto(`${url}/${hash}`);
			await heading("Your account").waitFor();
		} else {
			await visit("Settings");
		}
		const text = await download(page.main, () =>
			button("Export").click());
		must(text.includes(words) && !/tny_|digest|hash/.test(text),
			`the export is ${text}`);
	}
});

it("the only admin is not erased, and is told of what", async () => {
	await button("Erase me").click();
	await toast("First make another member an admin of");
	await page.main.reload(); // without the name of the organization
	await heading("Me").waitFor();
});

it("signing out shows nothing of before, also by the way back", async () => {
	await page.main.getByRole("button", { name: "Account" }).click();
	await button("Sign out").click();
	await heading("Sign in").waitFor();
	await page.main.goBack();
	await page.main.getByRole("heading", { name: "Sign in" }).waitFor();
	must(await page.main.getByText(org).count() === 0, "something stays");
});

it("a person is erased, who has typed the login and the password", async () => {
	execFileSync(SQL, [SQL_SOCKET, SQL_USER, `INSERT INTO
	    organization_bindings (user_id, organization_id, role, created_at)
	    SELECT r.id, b.organization_id, 'admin', NOW(3) FROM users r
	    JOIN organization_bindings b ON b.user_id = (SELECT u.id FROM users u
	    WHERE u.email = '${LOGIN}') WHERE r.email = '${TENANTRY_LOGIN}'`]);
	await page.main.goto(`${url}/#/`);
	await field("E-mail or login").fill(LOGIN);
	await field("Password").fill(PASSWORD);
	await button("Sign in").click();
	await heading(org).waitFor();
	await page.main.goto(`${url}/#/me`);
	await button("Erase me").click();
	await heading("Erase yourself?").waitFor();
	await look(page.main, "erase");
	await dialog().getByLabel("to confirm").fill("somebody else");
	await dialog().getByLabel("Your password").fill(PASSWORD);
	await dialog().getByRole("button", { name: "Erase me" }).click();
	await page.main.getByText("This is not your address or login.").waitFor();
	await dialog().getByLabel("to confirm").fill(LOGIN);
	await dialog().getByRole("button", { name: "Erase me" }).click();
	await page.main.getByText("You are erased").waitFor();
	await field("E-mail or login").fill(LOGIN);
	await field("Password").fill(PASSWORD);
	await button("Sign in").click();
	await page.main.getByRole("alert").first().waitFor();
});

// Pages of 100 come as a list is gone through, and every search is the service's.
const scroll = async (text) => {
	const rows = page.main.getByRole("row");
	const before = await rows.count();
	must(before < 400, `${text}: ${before} rows at once`);
	for (let i = 0; i < 60 && await rows.count() < before + 300; i++) {
		await page.main.keyboard.press("End");
		await page.main.waitForTimeout(200);
	}
	must(await rows.count() >= before + 300, `${text}: no more rows come`);
};
// The one entry that a search leaves in a list of a dialog.
const pick = async (label, wanted, entry) => {
	const entries = dialog().getByLabel(label, { exact: true });
	must(await entries.locator("option").count() <= 301, "all are there");
	await dialog().getByLabel(`Find: ${label}`).fill(wanted);
	await entries.locator("option").filter({ hasText: entry }).first()
		.waitFor({ state: "attached" });
	await entries.selectOption({ label: entry });
};

const large = async () => {
	const id = process.env.LARGE;
	page.main = await open();
	await page.main.goto(`${url}/`);
	await enter(LOGIN, PASSWORD);
	await heading("Organizations").waitFor();
	await scroll("organizations");
	await field("Find by name").fill(`Large 999 ${id}`);
	await page.main.getByRole("link", { name: `Large 999 ${id}` }).waitFor();
	must(await page.main.getByRole("row").count() === 2,
		"the filter leaves others");
	await look(page.main, "large-organizations");
	await page.main.goto(`${url}/#/me`);
	await heading("Memberships").waitFor();
	must(await page.main.getByRole("row").count() < 300, "all at once");
	await page.main.getByRole("button", { name: "Load more" }).click();
	await page.main.waitForFunction(() =>
		document.querySelectorAll(".row").length > 200);

	const { organization } = await page.main.evaluate(async (org) =>
		(await fetch(`v1/organizations/${org}`)).json(), id);
	const there = `${url}/#/o/${organization.metadata.name}`;
	await page.main.goto(`${there}/projects`);
	await heading("Projects").waitFor();
	await scroll("projects");
	await field("Find by name").fill("Many 99999");
	await page.main.getByRole("link", { name: "Many 99999" }).waitFor();
	must(await page.main.getByRole("row").count() === 2,
		"the filter leaves others");
	await look(page.main, "large");

	// a person into a project, by the search
	await page.main.getByRole("link", { name: "Many 99999" }).click();
	await button("Add person").click();
	const member = `Member 9999 (member9999.${id.toLowerCase()}@example.org)`;
	await pick("Person", "member9999.", member);
	await look(page.main, "large-person");
	await dialog().getByLabel("Find: Person").fill("member1.");
	await page.main.waitForFunction(() => [...document.querySelectorAll(
		"dialog option")].some((one) => one.text.startsWith("Member 1 ")));
	must((await dialog().getByLabel("Person", { exact: true })
		.locator("option:checked").textContent()) === member,
	"what was chosen is lost by a search");
	await button("Add").click();
	await page.main.getByText("Member 9999").first().waitFor();

	// the last project for a key, and in an invitation
	await page.main.goto(`${there}/keys`);
	await heading("Keys").waitFor();
	await page.main.keyboard.press("n");
	await field("What it is for").fill("One project");
	await pick("Only in the project", "Many 100000", "Many 100000");
	await dialog().getByRole("button", { name: "Create key" }).click();
	await button("I have saved it").click();
	await page.main.getByText("Many 100000").first().waitFor();
	await page.main.goto(`${there}/members`);
	await heading("Members").waitFor();
	await scroll("members");
	await page.main.keyboard.press("n");
	await field("E-mail address").fill(`large.${process.pid}@example.org`);
	await pick("Add a project", "Many 99998", "Many 99998 · User");
	await dialog().getByRole("group", { name: "Projects" })
		.getByText("Many 99998 · User").waitFor();
	await look(page.main, "large-invite");
	await button("Create link").click();
	await button("I have saved it").click();
	await field("Find by address").fill("large.");
	await page.main.getByRole("cell").filter({ hasText: "large." }).first()
		.waitFor();
	must(await page.main.getByRole("row").count() === 2,
		"who is invited is not found by the address");
};

// German: what is seen is translated, on a few pages.
const german = async () => {
	page.main = await open();
	await page.main.goto(`${url}/`);
	await heading("Anmelden").waitFor();
	must(await page.main.evaluate(() => document.documentElement.lang) === "de",
		"the page does not say that it is German");
	await look(page.main, "sign-in");
	await field("E-Mail oder Login").fill(LOGIN);
	await field("Passwort").fill(PASSWORD);
	await button("Anmelden").click();
	await page.main.getByRole("heading", { level: 1 }).waitFor();
	await look(page.main, "home");
	page.main = await open();
	await page.main.goto(`${url}/`);
	await field("E-Mail oder Login").fill(TENANTRY_LOGIN);
	await field("Passwort").fill(TENANTRY_PASSWORD);
	await button("Anmelden").click();
	await page.main.getByRole("button", { name: "Konto" }).waitFor();
	for (const [name, text] of [["organizations", "Organisationen"],
		["users", "Nutzer"], ["outbox", "Postausgang"],
		["installation", "Installation"], ["metrics", "Metriken"]]) {
		await page.main.goto(`${url}/#/system/${name}`);
		await page.main.getByRole("heading", { level: 1, name: text })
			.waitFor();
		await look(page.main, `system-${name}`);
	}
};

// Mails that the service hands over are files, MAILS/mail.1 and on.
const sendMails = () => execFileSync(process.env.CTL, ["mail", "send"]);
const linkIn = (n, to) => readFileSync(`${process.env.MAILS}/mail.${n}`, "utf8")
	.replaceAll("=\n", "").match(new RegExp(`${url}/#/${to}/\\S+`))?.[0];
// In the newest mail that has one.
const newestLink = (to) => {
	for (let n = readdirSync(process.env.MAILS).length; n > 0; n--)
		try {
			const link = linkIn(n, to);
			if (link)
				return link;
		} catch {
			// no mail of this number
		}
	throw new Error(`no mail has a link to ${to}`);
};
const enter = async (login, password) => {
	await field("E-mail or login").fill(login);
	await field("Password").fill(password);
	await button("Sign in").click();
	await page.main.getByRole("button", { name: /^Account/ }).waitFor();
};

const byMail = async () => {
	page.main = await open();
	await page.main.goto(`${url}/`);
	await page.main.getByRole("link", { name: "Forgot the password?" }).click();
	await field("E-mail address").fill(LOGIN);
	await look(page.main, "forgot");
	await button("Send the mail").click();
	await page.main.getByText("If the address has an account").waitFor();
	sendMails();
	await page.main.goto(newestLink("reset"));
	await field("New password").fill("a chosen password");
	await button("Save").click();
	await page.main.getByText("The password is changed.").waitFor();
	must(!page.main.url().includes("reset"), "the token stays in the address");
	await enter(LOGIN, "a chosen password");
	await visit("Members");
	await page.main.keyboard.press("n");
	await field("E-mail address").fill(`mailed.${process.pid}@example.org`);
	await button("Send invitation").click();
	await page.main.getByText("Mail waits").waitFor();
	sendMails();
	await page.main.reload();
	await page.main.getByText("Mail sent").waitFor();
	await look(page.main, "mailed");
	const admin = page.main;
	const mailed = `mailed.${process.pid}@example.org`;
	page.main = await open();
	await page.main.goto(newestLink("accept"));
	await heading("Join").waitFor();
	await field("Your name").fill("By Mail");
	await field("Choose a password").fill("a long password");
	await page.main.getByRole("button", { name: /^Join/ }).click();
	await page.main.getByText("Your account is made.").waitFor();
	await enter(mailed, "a long password");
	await heading("Overview").or(page.main.getByRole("heading", { level: 1 }))
		.first().waitFor();
	const invited = page.main;
	page.main = admin;
	for (const [name, isOpened] of [["Second", true], ["Third", false]]) {
		const joined = `${name} ${tag}`;
		await page.main.goto(`${url}/#/new`);
		await field("Name").fill(joined);
		await field("I accept the terms of use").check();
		await button("Create organization").click();
		await heading(joined).waitFor();
		await visit("Members");
		await page.main.keyboard.press("n");
		await field("E-mail address").fill(mailed);
		await button("Send invitation").click();
		await page.main.getByText("Mail waits").waitFor();
		sendMails();
		page.main = invited;
		if (isOpened) {
			// who is signed in joins by the link, without a password
			await page.main.goto(newestLink("accept"));
			await heading(`Join ${joined}`).waitFor();
			must(await field("Choose a password").count() === 0,
				"a password is asked");
			await button(`Join ${joined}`).click();
		} else {
			// or by the own page, without the link
			await page.main.goto(`${url}/#/me`);
			await page.main.getByRole("row").filter({ hasText: joined })
				.getByRole("button", { name: "Accept" }).click();
		}
		await toast(`You are now a member of ${joined}`);
		await page.main.goto(`${url}/#/`);
		await exactly("link", joined).first().waitFor();
		page.main = admin;
	}
	await invited.context().close();
	await page.main.goto(`${url}/#/me`);
	await button("Change address").click();
	await field("E-mail address").fill(`new.${LOGIN}`);
	await dialog().getByLabel("Password").fill("a chosen password");
	await look(page.main, "address");
	await dialog().getByRole("button", { name: "Change address" }).click();
	await toast("The mails are on their way");
	sendMails();
	const count = readdirSync(process.env.MAILS)
		.filter((one) => one.startsWith("mail.")).length;
	await page.main.goto(linkIn(count - 1, "confirm"));
	await button("Confirm address").click();
	await toast("Done. Now open the link to the other address.");
	await page.main.goto(linkIn(count, "confirm"));
	await button("Confirm address").click();
	await toast("The address is changed.");
	await page.main.getByText(`new.${LOGIN}`).first().waitFor();
};

// The page's own JavaScript of docs/integrate.md, in a page of the same origin.
const integrated = async () => {
	const { ORG, SNIPPET } = process.env;
	const mount = new URL(url).pathname.replace(/\/$/, "");
	const code = readFileSync(SNIPPET, "utf8")
		.replace('const service = "";', `const service = "${mount}";`);
	let authorization;
	page.main = await open();
	await page.main.route("**/application.html", (route) => route.fulfill({
		contentType: "text/html", body: `<!DOCTYPE html><html lang="en">
			<title>Application</title><script type="module">
			const organization = "${ORG}";\n${code}
			document.body.append(await hello.text());</script>` }));
	await page.main.route("**/api/hello", async (route) => {
		authorization = await route.request().headerValue("Authorization");
		await route.fulfill({ contentType: "text/plain", body: "Hello" });
	});
	await page.main.goto(`${url}/application.html`);
	await heading("Sign in").waitFor();
	await enter(LOGIN, PASSWORD);
	await page.main.goto(`${url}/application.html`);
	await page.main.getByText("Hello").waitFor();
	const [head, claims, signature] = authorization.replace(/^Bearer /, "")
		.split(".");
	const said = (part) => JSON.parse(Buffer.from(part, "base64url"));
	const { keys } = await (await fetch(`${url}/.well-known/jwks.json`)).json();
	const key = keys.find((one) => one.kid === said(head).kid);
	must(verify(null, Buffer.from(`${head}.${claims}`), createPublicKey({
		key, format: "jwk" }), Buffer.from(signature, "base64url")),
	"the token is not of the service");
	must(said(claims).allowed && said(claims).aud === ORG,
		`the token says ${claims}`);
};

const all = process.env.SNIPPET ? [["the JavaScript of docs/integrate.md",
	integrated]] : process.env.MAILS ? [["a password, an invitation, an address by mail",
	byMail]] : locale === "de" ? [["the page is German where the browser is",
	german]] : process.env.LARGE ? [["100,000 projects, 10,000 members, 1,000 organizations",
	large]] : steps;
console.log(`1..${all.length + 1}`);
let n = 0, failed = 0;
for (const [text, run] of all) {
	step = text;
	try {
		await run();
		console.log(`ok ${++n} - ${name}: ${text}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${++n} - ${name}: ${text}`);
		console.log(String(error.stack).replace(/^/gm, "# "));
		await page.main?.screenshot({
			path: `${SHOTS}/${name}-failed-${n}.png` }).catch(() => {});
		break;
	}
}
console.log(`${found.length ? "not " : ""}ok ${all.length + 1} - ${name}: ` +
	"no line in the browser's console, no violation that axe-core finds");
for (const line of new Set(found))
	console.log(line.replace(/^/gm, "# "));
await browser.close();
process.exitCode = failed || found.length ? 1 : 0;
