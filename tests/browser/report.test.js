// Opens one HTML report in Chromium and holds it to what it promises: it asks no server for
// anything, breaks no policy of its own, works by keyboard and on a phone, and hostile text of a
// repository stays text. Usage: node report.test.js REPORT.html

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import {
  desktop, faint, goesByKeyboard, keepsTextInert, launched, listened, obeysItsPolicy, overflow, paper, phone, run,
} from "./page.js";

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node report.test.js REPORT.html");
  process.exit(2);
}
const url = pathToFileURL(file).href;
const browser = await launched();

/** Opens the report. */
async function open(options = {}) {
  const opened = await listened(browser, (asked) => asked.split("#")[0] === url, options);
  await opened.page.goto(url);
  return opened;
}

const visibleRepositories = (page) => page.locator(".repository:visible");
// The page says itself when its filters have been applied: a fixed wait fails on a busy machine.
const settled = (page) => page.waitForFunction(
  () => !document.getElementById("filters").hasAttribute("aria-busy"));
const unfold = (page) => page.evaluate(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

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
    await obeysItsPolicy(page, "block");
    await close();
  },

  async "keeps hostile text inert"() {
    const { page, close } = await open();
    await keepsTextInert(page, { foreign: "img, iframe, object, embed, base, main form", isOnePage: true });
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
      const before = await paper(page);
      await page.click("#theme");
      assert.notEqual(await paper(page), before);
      await page.click("#theme");
      assert.equal(await paper(page), before);
      assert.deepEqual(complaints, []);
      await close();
    }
  },

  async "keeps text legible in both themes"() {
    // The first of many are as good as all.
    const late = ".repository:nth-of-type(n + 20), tbody tr:nth-child(n + 20)";
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open({ colorScheme });
      assert.deepEqual(await faint(page, `[aria-hidden], svg, select, noscript, ${late}`), [], colorScheme);
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
    await goesByKeyboard(page, 12, ["theme", "filter-text", "filter-verdict", "filter-severity"]);
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

await run(browser, tests);
