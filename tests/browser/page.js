// What the tests of the report and of the dashboard have both: a browser, a page that is listened to, and what every page of
// ours is held to.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 375, height: 812 };

export const launched = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A page of a browser of its own, and whatever it should not do; `isOurs` says which addresses it may ask. */
export async function listened(browser, isOurs, options = {}) {
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
    if (!isOurs(request.url())) complaints.push(`request: ${request.url()}`);
  });
  return { context, page, complaints, close: () => context.close() };
}

export const overflow = (page) => page.evaluate(
  () => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Texts whose contrast with their ground is less than WCAG's 4.5; not those that a selector leaves out. */
export const faint = (page, leftOut = "[aria-hidden], svg, select, noscript") => page.evaluate((leftOut) => {
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
    if (!own || element.closest(leftOut) || !element.checkVisibility()) continue;
    const [one, other] = [channels(getComputedStyle(element).color), ground(element)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) found.add(`${element.className || element.tagName} ${contrast.toFixed(1)}`);
  }
  return [...found];
}, leftOut);

/** A script, a style and a request that a stranger put into the page do nothing. */
export async function obeysItsPolicy(page, display) {
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
  assert.deepEqual(ran, { script: false, reached: false, body: display });
}

/** Text of strangers has made no element, no handler, no link that leads elsewhere, and hides nothing. `isOnePage`: links
 * lead to places of the page alone; else those of pull requests lead to the forge as well, and are no code. */
export async function keepsTextInert(page, { foreign, isOnePage }) {
  const elements = await page.evaluate(({ foreign, isOnePage }) => ({
    scripts: document.scripts.length,
    handlers: [...document.querySelectorAll("*")].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith("on"))).length,
    foreign: document.querySelectorAll(foreign).length,
    links: [...document.links].filter((link) => isOnePage
      ? !link.getAttribute("href").startsWith("#")
      : new URL(link.href).origin !== location.origin
        && !(["http:", "https:"].includes(link.protocol) && link.closest(".campaign .standings"))).length,
    hidden: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/
      .test(document.body.textContent),
  }), { foreign, isOnePage });
  assert.deepEqual(elements, { scripts: 1, handlers: 0, foreign: 0, links: 0, hidden: false });
}

/** Goes from control to control by keyboard: each is seen to have the focus, and those that are wanted are among them. */
export async function goesByKeyboard(page, presses, wanted) {
  const met = [];
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press("Tab");
    met.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className
      || document.activeElement.textContent.trim()));
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", met.at(-1));
  }
  assert.equal(met[0], "skip");
  for (const control of wanted) assert.ok(met.includes(control), `${control} is not among ${met}`);
}

export const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Runs tests one after the other, says how each ended, and ends the process. */
export async function run(browser, tests) {
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
}
