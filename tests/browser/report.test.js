// Opens one HTML report in Chromium and holds it to what it promises: it asks no server for
// anything, breaks no policy of its own, works by keyboard and on a phone, and hostile text of a
// repository stays text. Usage: node report.test.js REPORT.html

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node report.test.js REPORT.html");
  process.exit(2);
}
const url = pathToFileURL(file).href;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const desktop = { width: 1280, height: 800 };
const phone = { width: 375, height: 812 };

/** Opens the report and collects whatever it should not do. */
async function open(options = {}) {
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
    if (request.url().split("#")[0] !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

const visibleRepositories = (page) => page.locator(".repository:visible");
// The page says itself when its filters have been applied: a fixed wait fails on a busy machine.
const settled = (page) => page.waitForFunction(
  () => !document.getElementById("filters").hasAttribute("aria-busy"));
const unfold = (page) => page.evaluate(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
const overflow = (page) => page.evaluate(
  () => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const tests = {
  async "is quiet: no error, no broken policy, no request"() {
    const { page, complaints, close } = await open();
    assert.ok(await page.locator("h1").isVisible());
    await unfold(page);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForLoadState("networkidle");
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
    assert.deepEqual(ran, { script: false, reached: false, body: "block" });
    await close();
  },

  async "keeps hostile text inert"() {
    const { page, close } = await open();
    const elements = await page.evaluate(() => ({
      scripts: document.scripts.length,
      handlers: [...document.querySelectorAll("*")].filter((element) =>
        element.getAttributeNames().some((name) => name.startsWith("on"))).length,
      foreign: document.querySelectorAll("img, iframe, object, embed, base, main form").length,
      links: [...document.links].filter((link) => !link.getAttribute("href").startsWith("#")).length,
      hidden: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/
        .test(document.body.textContent),
    }));
    assert.deepEqual(elements, { scripts: 1, handlers: 0, foreign: 0, links: 0, hidden: false });
    await close();
  },

  async "filters by verdict, in the matrix too"() {
    const { page, close } = await open();
    const all = await visibleRepositories(page).count();
    await page.selectOption("#filter-verdict", "drifted");
    await settled(page);
    const drifted = await visibleRepositories(page).count();
    assert.ok(drifted > 0 && drifted < all, `${drifted} of ${all}`);
    assert.equal(drifted, await page.locator(".repository.drifted").count());
    assert.equal(await page.locator(".matrix tbody tr:visible").count(), drifted);
    assert.equal(await page.locator("#shown").textContent(), `${drifted} of ${all} shown`);
    await page.click("#filters button[type=reset]");
    await settled(page);
    assert.equal(await visibleRepositories(page).count(), all);
    await close();
  },

  async "filters by owner, rule and severity"() {
    const { page, close } = await open();
    for (const name of ["owner", "rule"]) {
      const wanted = await page.locator(`#filter-${name} option`).nth(1).textContent();
      await page.selectOption(`#filter-${name}`, { index: 1 });
      await settled(page);
      const found = await page.evaluate(([name, wanted]) =>
        [...document.querySelectorAll(".repository")].filter((one) => !one.hidden).every((one) =>
          name === "owner" ? one.dataset.owner === wanted : one.dataset.rules.split(" ").includes(wanted)),
      [name, wanted]);
      assert.ok(found, name);
      assert.ok(await visibleRepositories(page).count() > 0, name);
      await page.click("#filters button[type=reset]");
      await settled(page);
    }
    await page.selectOption("#filter-severity", "error");
    await settled(page);
    const shown = page.locator(".repository .finding:visible");
    assert.ok(await shown.count() > 0);
    assert.equal(await shown.count(), await page.locator(".repository .finding[data-severity=error]:visible").count());
    await close();
  },

  async "finds text, and says when nothing matches"() {
    const { page, close } = await open();
    const name = (await page.locator(".repository h3").first().textContent()).trim().slice(2).trim();
    await page.fill("#filter-text", name.toUpperCase());
    await settled(page);
    assert.ok(await visibleRepositories(page).count() >= 1);
    await page.fill("#filter-text", "no such text anywhere");
    await settled(page);
    assert.equal(await visibleRepositories(page).count(), 0);
    assert.ok(await page.locator("#nothing").isVisible());
    await close();
  },

  async "follows the system's theme, and the button's"() {
    for (const colorScheme of ["light", "dark"]) {
      const { page, complaints, close } = await open({ colorScheme });
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await paper();
      await page.click("#theme");
      const after = await paper();
      assert.notEqual(before, after);
      await page.click("#theme");
      assert.equal(await paper(), before);
      assert.deepEqual(complaints, []);
      await close();
    }
  },

  async "keeps text legible in both themes"() {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open({ colorScheme });
      const faint = await page.evaluate(() => {
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
          const late = element.closest(".repository:nth-of-type(n + 20), tbody tr:nth-child(n + 20)");
          if (late || !own || !element.checkVisibility() || element.closest("[aria-hidden], svg, select")) continue;
          const [one, other] = [channels(getComputedStyle(element).color), ground(element)].map(luminance);
          const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
          if (contrast < 4.5) found.add(`${element.className || element.tagName} ${contrast.toFixed(1)}`);
        }
        return [...found];
      });
      assert.deepEqual(faint, [], colorScheme);
      await close();
    }
  },

  async "fits a phone and a desktop without scrolling sideways"() {
    for (const viewport of [phone, desktop]) {
      const { page, close } = await open({ viewport });
      await unfold(page);
      await settled(page);
      assert.equal(await overflow(page), 0, `${viewport.width} px`);
      await close();
    }
  },

  async "is usable by keyboard"() {
    const { page, close } = await open();
    const met = [];
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press("Tab");
      met.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className));
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, "none", met.at(-1));
    }
    assert.equal(met[0], "skip");
    for (const control of ["theme", "filter-text", "filter-verdict", "filter-severity"]) {
      assert.ok(met.includes(control), `${control} is not among ${met}`);
    }
    await close();
  },

  async "opens the section that a link names"() {
    const { page, close } = await open();
    const link = page.locator(".matrix tbody a").nth(1);
    if (await link.count() > 0) {
      const target = await link.getAttribute("href");
      await page.locator(target).evaluate((section) => { section.open = false; });
      await link.click();
      await page.waitForFunction((target) => document.querySelector(target).open, target);
    }
    await close();
  },

  async "is a complete page without script"() {
    const { page, complaints, close } = await open({ javaScriptEnabled: false });
    assert.ok(await page.locator(".repository summary").first().isVisible());
    assert.equal(await page.locator("#filters").isVisible(), false);
    assert.equal(await page.locator("#theme").isVisible(), false);
    assert.deepEqual(complaints, []);
    await close();
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
