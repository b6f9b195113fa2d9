// A browser of Debian's: Chromium, or with BROWSER=firefox Firefox, by WebDriver
// BiDi.  CHROMIUM and FIREFOX name its program.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, firefox } from "playwright-core";

const { BROWSER = "chromium", CHROMIUM = "/usr/bin/chromium",
	FIREFOX = "/usr/bin/firefox-esr" } = process.env;

export const isFirefox = BROWSER === "firefox";

// The name of a picture begins with it.
export const prefix = isFirefox ? "firefox-" : "";

// Firefox refuses it, and says so with its digest.
export const styleOfPictures = "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA=";

const saved = isFirefox ? mkdtempSync(join(tmpdir(), "saved-")) : null;
process.on("exit", () => saved && rmSync(saved, { recursive: true }));

// Firefox has theme and motion from its settings, for all of its windows.
export const launch = (theme) => isFirefox ?
	firefox.launch({ channel: "moz-firefox", executablePath: FIREFOX,
		downloadsPath: saved,
		firefoxUserPrefs: { "ui.prefersReducedMotion": 1,
			"ui.systemUsesDarkTheme": theme === "dark" ? 1 : 0 } }) :
	chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

// Of a window.  The certificate of a test's web server is nobody's.
export const options = (theme) => ({ ignoreHTTPSErrors: true, ...isFirefox ?
	{ colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null } :
	{ colorScheme: theme, reducedMotion: "reduce" } });

// The text of the file that a click saves.  Firefox does not tell of one that the
// page itself has made; it writes name.part, and renames it at the end.
export const download = async (page, click) => {
	if (!isFirefox) {
		const [file] = await Promise.all([page.waitForEvent("download"),
			click()]);
		return readFileSync(await file.path(), "utf8");
	}
	const before = new Set(readdirSync(saved));
	const end = Date.now() + 10000;
	await click();
	for (;;) {
		const names = readdirSync(saved).filter((one) => !before.has(one));
		const text = names.length === 1 ?
			readFileSync(join(saved, names[0]), "utf8") : "";
		if (text !== "")
			return text;
		if (Date.now() > end)
			throw new Error(`no file is saved: ${names}`);
		await page.waitForTimeout(100);
	}
};
