// What holds for every page, in every way in which it is looked at.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { HtmlValidate } from "html-validate";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The most that the browser may load for one page: bytes of bodies as they come over the wire, and requests. */
const MOST_BYTES = 40_000;
const MOST_REQUESTS = 6;

/** The ways in which every page is looked at. */
export const VIEWS = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
  dark: { width: 390, height: 844, features: { "prefers-color-scheme": "dark" } },
  forced: { width: 1280, height: 900, features: { "forced-colors": "active", "prefers-color-scheme": "dark" } },
  // 1280 pixels at 200 % leave 640.
  zoom: { width: 640, height: 450, scale: 2 },
  print: { width: 794, height: 1123, media: "print" },
};

const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard"],
  rules: {
    // Style of the source, which nobody sees: askama leaves blanks at line ends, and `<meta>` needs no slash.
    "no-trailing-whitespace": "off",
    "void-style": "off",
    "doctype-style": "off",
    "long-title": "off", // the letter's title is the organiser's
    "no-inline-style": "error",
    "require-sri": "off", // nothing comes from elsewhere
    // A list without bullets is none for VoiceOver without its role.
    "no-redundant-role": "off",
  },
});

/** Faults of a page's HTML. */
export async function faultsOfHtml(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap((result) =>
    result.messages.map((it) => `line ${it.line}: ${it.message} (${it.ruleId}): ${html.split("\n")[it.line - 1]?.slice(0, 160)}`),
  );
}

/** Shows a tab in one of the views. */
export async function show(tab, view) {
  await tab.setViewport({ width: view.width, height: view.height, deviceScaleFactor: view.scale ?? 1 });
  const features = Object.entries({ "prefers-color-scheme": "light", "forced-colors": "none", ...view.features });
  await tab.devtools.send("Emulation.setEmulatedMedia", {
    media: view.media ?? "screen",
    features: features.map(([name, value]) => ({ name, value })),
  });
}

/** Opens an address, and gives faults of how it was loaded. */
export async function open(tab, address, expected = 200) {
  const faults = [];
  const requests = [];
  const onRequest = (request) => requests.push(request);
  const onConsole = (message) => {
    // The browser itself reports the status of a page of errors.
    if (!(expected >= 400 && message.text().includes(`status of ${expected}`))) faults.push(`console: ${message.text()}`);
  };
  tab.on("request", onRequest);
  tab.on("console", onConsole);
  await tab.setCacheEnabled(false);
  const response = await tab.goto(address, { waitUntil: "networkidle0", timeout: 30_000 });
  tab.off("request", onRequest);
  tab.off("console", onConsole);
  if (response.status() !== expected) faults.push(`status ${response.status()}`);
  const { origin } = new URL(address);
  for (const request of requests) {
    if (new URL(request.url()).origin !== origin) faults.push(`a request to ${request.url()}`);
  }
  if (requests.length > MOST_REQUESTS) faults.push(`${requests.length} requests`);
  const bytes = await tab.evaluate(() =>
    ["navigation", "resource"]
      .flatMap((kind) => performance.getEntriesByType(kind))
      .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  );
  if (bytes > MOST_BYTES) faults.push(`${bytes} bytes`);
  return { faults, html: await response.text(), headers: response.headers() };
}

/** Faults that show only once a page is laid out. */
export async function faultsOfLayout(tab, view) {
  const faults = await tab.evaluate((isPrint) => {
    const found = [];
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth > innerWidth) {
      const wide = [...document.querySelectorAll("main *")].filter((it) => it.getBoundingClientRect().right > innerWidth + 1);
      found.push(`${scrollWidth} pixels wide: ${wide.slice(0, 3).map((it) => it.outerHTML.slice(0, 90)).join(" | ")}`);
    }
    if (isPrint) {
      const seen = [...document.querySelectorAll("nav, form, button, .button, .quiet-button, .skip")];
      for (const it of seen.filter((it) => it.checkVisibility() && it.getClientRects().length > 0)) {
        found.push(`on paper: ${it.outerHTML.slice(0, 90)}`);
      }
    }
    return found;
  }, view.media === "print");
  // On paper nobody presses anything, and colours are the printer's.
  return view.media === "print" ? faults : faults.concat(await faultsOfAxe(tab));
}

async function faultsOfAxe(tab) {
  await tab.evaluate(AXE);
  const violations = await tab.evaluate(async (values) => {
    const found = await globalThis.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
    return found.violations.map((it) => `axe ${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`);
  }, AXE_TAGS);
  return violations;
}

/** Faults for whoever has only a keyboard: every link and field is reached in order, is seen, and has an outline. */
export async function faultsOfKeyboard(tab) {
  const faults = [];
  const all = await tab.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
    const reachable = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
    const seen = reachable.filter((it) => it.checkVisibility({ visibilityProperty: true }));
    seen.forEach((it, number) => (it.dataset.number = number));
    return seen.length;
  });
  const most = Math.min(all, 60);
  for (let number = 0; number < most; number++) {
    await tab.keyboard.press("Tab");
    const focus = await tab.evaluate(() => {
      const it = document.activeElement;
      const style = getComputedStyle(it);
      const box = it.getBoundingClientRect();
      return {
        number: Number(it.dataset.number ?? -1),
        html: it.outerHTML.slice(0, 120),
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
        shown: box.bottom > 0 && box.top < innerHeight && box.width > 1,
      };
    });
    if (focus.number !== number) return [...faults, `key ${number} leads to ${focus.html}`];
    if (!focus.outlined) faults.push(`no outline: ${focus.html}`);
    if (!focus.shown) faults.push(`out of sight: ${focus.html}`);
  }
  return faults;
}
