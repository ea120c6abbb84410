// Opens a dashboard that runs in Chromium and holds it to what it promises: it asks no other server
// for anything, breaks no policy of its own, is used by keyboard, in both themes, at two widths, and
// without script. Usage: node dashboard.test.js URL TOKEN

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import {
  desktop, faint, goesByKeyboard, keepsTextInert, launched, listened, obeysItsPolicy, overflow, paper, phone, run,
} from "./page.js";

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error("usage: node dashboard.test.js URL TOKEN");
  process.exit(2);
}
const browser = await launched();
const pages = ["/", "/campaigns", "/releases", "/images"];

/** A browser of its own, signed in unless told otherwise. */
async function open({ signIn = true, ...options } = {}) {
  const opened = await listened(browser, (asked) => asked.startsWith(`${url}/`), options);
  if (signIn) {
    await opened.page.goto(`${url}/login`);
    await opened.page.fill("#token", token);
    await opened.page.press("#token", "Enter");
    await opened.page.waitForURL(`${url}/`);
  }
  return opened;
}

const tests = {
  async "leads to the door, and in by keyboard alone"() {
    const { page, complaints, close } = await open({ signIn: false });
    await page.goto(`${url}/images`);
    assert.equal(new URL(page.url()).pathname, "/login");
    assert.equal(await page.evaluate(() => document.activeElement.id), "token");
    await page.keyboard.type("not the token at all");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=alert]");
    await page.focus("#token");
    await page.keyboard.type(token);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}/`);
    assert.ok(await page.locator(".matrix").isVisible());
    assert.equal(await page.evaluate(() => document.cookie), "", "no script sees the session");
    // The browser itself tells of the 401.
    assert.deepEqual(complaints.filter((it) => !it.includes("401")), []);
    await close();
  },

  async "is quiet on every page: no error, no broken policy, no request elsewhere"() {
    const { page, complaints, close } = await open();
    for (const path of [...pages, "/report"]) {
      await page.goto(url + path);
      assert.ok(await page.locator("h1").isVisible(), path);
      await page.waitForLoadState("networkidle");
    }
    assert.deepEqual(complaints, []);
    await close();
  },

  async "has a policy under which foreign script and style do nothing"() {
    const { page, close } = await open();
    await obeysItsPolicy(page, "flex");
    await close();
  },

  async "keeps hostile text inert"() {
    const { page, close } = await open();
    for (const path of pages) {
      await page.goto(url + path);
      await keepsTextInert(page, { foreign: "img, iframe, object, embed, base", isOnePage: false });
    }
    await close();
  },

  async "follows the system's theme, and the button's"() {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open({ colorScheme });
      const before = await paper(page);
      await page.click("#theme");
      assert.notEqual(await paper(page), before);
      await page.goto(`${url}/images`);
      assert.notEqual(await paper(page), before, "the choice goes from page to page");
      await page.click("#theme");
      assert.equal(await paper(page), before);
      await close();
    }
  },

  async "keeps text legible in both themes"() {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open({ colorScheme });
      for (const path of pages) {
        await page.goto(url + path);
        assert.deepEqual(await faint(page), [], `${path} ${colorScheme}`);
      }
      await close();
      const door = await open({ colorScheme, signIn: false });
      await door.page.goto(`${url}/login`);
      assert.deepEqual(await faint(door.page), [], `/login ${colorScheme}`);
      await door.close();
    }
  },

  async "fits a phone and a desktop without scrolling sideways"() {
    for (const viewport of [phone, desktop]) {
      const { page, close } = await open({ viewport });
      for (const path of pages) {
        await page.goto(url + path);
        assert.equal(await overflow(page), 0, `${path} at ${viewport.width} px`);
      }
      await close();
    }
  },

  async "is usable by keyboard"() {
    const { page, close } = await open();
    await goesByKeyboard(page, 14, ["theme", "judge", "Campaigns", "Sign out", "matrix-frame"]);
    await page.goto(`${url}/`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await close();
  },

  async "opens the section of the report that a row leads to"() {
    const { page, complaints, close } = await open();
    await page.locator(".matrix tbody a").nth(1).click();
    await page.waitForURL(/\/report#repository-1$/);
    await page.waitForFunction(() => document.querySelector("#repository-1").open);
    assert.deepEqual(complaints, []);
    await close();
  },

  async "refreshes itself, and keeps what a person was at"() {
    const { page, complaints, close } = await open();
    await page.clock.install();
    await page.goto(`${url}/`);
    await page.locator(".matrix-frame").focus();
    await page.clock.fastForward(16_000);
    await page.waitForFunction(() => document.getElementById("live").dataset.renewed === "1");
    assert.ok(await page.locator(".matrix").isVisible());
    // What has not changed is not exchanged.
    const answered = page.waitForResponse((response) => response.status() === 304);
    await page.clock.fastForward(16_000);
    await answered;
    assert.equal(await page.evaluate(() => document.getElementById("live").dataset.renewed), "1");
    assert.deepEqual(complaints, []);
    await close();
  },

  async "says when the server is gone"() {
    const { page, close } = await open();
    await page.clock.install();
    await page.goto(`${url}/`);
    await page.route("**/*", (route) => route.abort());
    await page.clock.fastForward(16_000);
    await page.waitForSelector("#stale");
    await page.unroute("**/*");
    await page.clock.fastForward(16_000);
    await page.waitForSelector("#stale", { state: "detached" });
    await close();
  },

  async "judges when a person wishes it, and signs out"() {
    const { context, page, close } = await open();
    await page.click("#judge");
    await page.waitForURL(`${url}/`);
    assert.ok(await page.locator(".matrix").isVisible());
    await page.click("text=Sign out");
    await page.waitForURL(`${url}/login`);
    assert.deepEqual(await context.cookies(), []);
    await page.goto(`${url}/`);
    assert.equal(new URL(page.url()).pathname, "/login");
    await close();
  },

  async "takes no form from another page"() {
    const { page, close } = await open();
    await page.route("http://elsewhere.test/", (route) => route.fulfill({
      contentType: "text/html",
      body: `<form method="post" action="${url}/judge"><input name="form_token" value="x"><button>x</button></form>`,
    }));
    await page.goto("http://elsewhere.test/");
    const [response] = await Promise.all([page.waitForResponse(`${url}/judge`), page.click("button")]);
    assert.equal(response.status(), 403);
    await close();
  },

  async "is complete without script"() {
    const { page, complaints, close } = await open({ javaScriptEnabled: false });
    assert.ok(await page.locator(".matrix").isVisible());
    assert.equal(await page.locator("#theme").isVisible(), false);
    assert.match(await page.content(), /<meta http-equiv="refresh" content="60">/);
    await page.click("#judge");
    assert.ok(await page.locator(".matrix").isVisible());
    assert.deepEqual(complaints, []);
    await close();
  },

  async "is pictured where somebody wants to look at it"() {
    const folder = process.env.SHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    for (const colorScheme of ["light", "dark"]) {
      for (const viewport of [desktop, phone]) {
        const { page, close } = await open({ colorScheme, viewport });
        for (const path of pages) {
          await page.goto(url + path);
          const name = path === "/" ? "fleet" : path.slice(1);
          await page.screenshot({ path: `${folder}/${name}-${viewport.width}-${colorScheme}.png`, fullPage: true });
        }
        await close();
        const door = await open({ colorScheme, viewport, signIn: false });
        await door.page.goto(`${url}/login`);
        await door.page.screenshot({ path: `${folder}/login-${viewport.width}-${colorScheme}.png` });
        await door.close();
      }
    }
  },
};

await run(browser, tests);
