// Opens a dashboard that runs in Chromium and holds it to what it promises: it asks no other server
// for anything, breaks no policy of its own, is used by keyboard, in both themes, at two widths, and
// without script. Usage: node dashboard.test.js URL TOKEN

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error("usage: node dashboard.test.js URL TOKEN");
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const desktop = { width: 1280, height: 800 };
const phone = { width: 375, height: 812 };
const pages = ["/", "/campaigns", "/releases", "/images"];

/** A browser of its own, signed in unless told otherwise, and whatever it should not do. */
async function open({ signIn = true, ...options } = {}) {
  const context = await browser.newContext({ viewport: desktop, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`)) complaints.push(`request: ${request.url()}`);
  });
  if (signIn) {
    await page.goto(`${url}/login`);
    await page.fill("#token", token);
    await page.press("#token", "Enter");
    await page.waitForURL(`${url}/`);
  }
  return { context, page, complaints, close: () => context.close() };
}

const overflow = (page) => page.evaluate(
  () => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Texts whose contrast with their ground is less than WCAG's 4.5. */
const faint = (page) => page.evaluate(() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((value) => value / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0.5) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest("[aria-hidden], svg, noscript")) continue;
    const [one, other] = [channels(getComputedStyle(element).color), ground(element)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) found.add(`${element.className || element.tagName} ${contrast.toFixed(1)}`);
  }
  return [...found];
});

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
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = true";
      document.body.append(script);
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.head.append(style);
      const reached = await fetch("data:text/plain,x").then(() => true, () => false);
      return { script: window.foreign === true, reached, body: getComputedStyle(document.body).display };
    });
    assert.deepEqual(ran, { script: false, reached: false, body: "flex" });
    await close();
  },

  async "keeps hostile text inert"() {
    const { page, close } = await open();
    const elements = await page.evaluate(() => ({
      scripts: document.scripts.length,
      handlers: [...document.querySelectorAll("*")].filter((element) =>
        element.getAttributeNames().some((name) => name.startsWith("on"))).length,
      foreign: document.querySelectorAll("img, iframe, object, embed, base").length,
      links: [...document.links].filter((link) => new URL(link.href).origin !== location.origin).length,
      hidden: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/
        .test(document.body.textContent),
    }));
    assert.deepEqual(elements, { scripts: 1, handlers: 0, foreign: 0, links: 0, hidden: false });
    await close();
  },

  async "follows the system's theme, and the button's"() {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open({ colorScheme });
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await paper();
      await page.click("#theme");
      assert.notEqual(await paper(), before);
      await page.goto(`${url}/images`);
      assert.notEqual(await paper(), before, "the choice goes from page to page");
      await page.click("#theme");
      assert.equal(await paper(), before);
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
    const met = [];
    for (let presses = 0; presses < 14; presses += 1) {
      await page.keyboard.press("Tab");
      met.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className
        || document.activeElement.textContent.trim()));
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, "none", met.at(-1));
    }
    assert.equal(met[0], "skip");
    for (const control of ["theme", "judge", "Campaigns", "Sign out", "matrix-frame"]) {
      assert.ok(met.includes(control), `${control} is not among ${met}`);
    }
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

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.message).replaceAll("\n", "\n      ")}`);
  }
}
await browser.close();
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
