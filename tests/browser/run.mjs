// Looks at every page of letters in Chromium: with a phone, a desktop, in the dark, with forced colours, enlarged, on
// paper, by the keyboard alone; and signs through the box. `PICTURES=FOLDER` keeps a picture of each.
//
// Needs `target/debug/undersigned` (or UNDERSIGNED) and Chromium (or CHROMIUM); `.ci/browser` sees to both.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

import { VIEWS, faultsOfHtml, faultsOfKeyboard, faultsOfLayout, open, show } from "./checks.mjs";
import { Forge, HOMES, Home, People } from "./fediverse.mjs";
import { Program, eventually } from "./program.mjs";

const PICTURES = process.env.PICTURES;
const LETTER = readFileSync("letter.md", "utf8");
/** The most pages of one letter; of addresses that differ in their query alone, two are looked at. */
const MOST_PAGES = 40;
const OPEN = `
moderation.statements = "auto"
moderation.names = "auto"
actor.contact = "Ada Lovelace <ada@letter.example>"
letter.source_url = "https://raw.githubusercontent.com/example/letter/main/letter.md"
letter.sync_interval = "30d"
pledge.words = ["I left"]
pledge.label = "have left GitHub"
`;

const faults = [];
let looks = 0;

function note(where, found) {
  for (const fault of found) {
    faults.push(`${where}: ${fault}`);
    console.log(`  ${where}: ${fault}`);
  }
}

async function newTab(browser) {
  const context = await browser.createBrowserContext();
  const tab = await context.newPage();
  tab.devtools = await tab.createCDPSession();
  return tab;
}

async function picture(tab, name) {
  if (PICTURES) await tab.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

/** The pages of a letter, found as a visitor finds them: by links from the front page. */
async function pagesOf(tab, origin) {
  const [found, todo, families] = [[], ["/"], new Map()];
  const known = new Set(todo);
  while (todo.length > 0 && found.length < MOST_PAGES) {
    const path = todo.shift();
    const response = await fetch(`${origin}${path}`, { headers: { accept: "text/html" } });
    if (!response.headers.get("content-type")?.startsWith("text/html")) continue;
    found.push(path);
    await tab.setContent((await response.text()).replace("<head>", `<head><base href="${origin}">`), { waitUntil: "domcontentloaded" });
    const links = await tab.$$eval("a[href]", (all) => all.map((it) => it.href));
    for (const link of links) {
      const url = new URL(link);
      const next = `${url.pathname}${url.search}`;
      const family = url.pathname.replace(/^\/e\/.*/, "/e/").replace(/\d+$/, "");
      if (url.origin !== origin || known.has(next) || (families.get(family) ?? 0) >= 2) continue;
      known.add(next);
      families.set(family, (families.get(family) ?? 0) + 1);
      todo.push(next);
    }
  }
  return found;
}

/** Looks at one page in every view. */
async function lookAt(tab, letter, origin, path, { expected = 200, views = Object.keys(VIEWS), keyboard = true } = {}) {
  const where = `${letter}${path}`;
  await show(tab, VIEWS[views[0]]);
  const loaded = await open(tab, `${origin}${path}`, expected);
  note(where, loaded.faults);
  note(where, await faultsOfHtml(loaded.html));
  for (const name of views) {
    await show(tab, VIEWS[name]);
    note(`${where} (${name})`, await faultsOfLayout(tab, VIEWS[name]));
    await picture(tab, `${letter}-${path.replace(/[^\w]+/g, "_")}-${name}`);
    looks++;
  }
  if (keyboard) {
    await show(tab, VIEWS.phone);
    note(`${where} (keyboard)`, await faultsOfKeyboard(tab));
  }
  return loaded;
}

/** A letter with everything that pages can show. */
async function aLivingLetter(browser) {
  const people = await People.start();
  const forge = await Forge.start({ ken: "I sign", dennis: "I sign as Dennis Example, Bell Labs" });
  const ways = `endorsing.nameless = true\n[[forge.threads]]\nurl = "${forge.thread}"\n`;
  const program = await Program.start({ "letter.md": LETTER }, OPEN + ways);
  const tab = await newTab(browser);
  try {
    await people.says(program.origin, "grace", "I sign. Because it matters to everybody who has to live with it.");
    await people.says(program.origin, "linus", "I sign as Linus Example, ACME");
    await people.likes(program.origin, "mary");
    await people.whispers(program.origin, "rosa", "I sign without my name");
    program.run("organisation", "add", "--name", "Society for Light", "--url", "https://light.example", "--ref", "E-mail of 1 November");
    const all = async () => {
      const { fediverse, nameless, organisations, forges } = await program.count();
      return fediverse === 4 && nameless === 1 && organisations === 1 && Object.values(forges)[0] === 2;
    };
    await eventually("all are there", all);
    await people.says(program.origin, "grace", "I left! Our project is at https://forge.example/grace now.");
    await people.says(program.origin, "alan", "Where can I read more?");
    await eventually("she pledged", async () => (await program.count()).pledged === 1);
    const asked = await eventually("he asked", () => JSON.parse(program.run("comment", "list", "--json"))[0]);
    program.write("answer.md", "In the letter itself.\n");
    const answer = JSON.parse(program.run("post", "reply", asked.id, "--file", "answer.md", "--json"));
    program.write("news.md", "# A first answer\n\nThe board has *read* the letter: <https://letter.example/answer>.\n");
    program.run("post", "create", "--file", "news.md");
    program.write("letter.md", LETTER.replace("\n\nAs members", "\n\nWe added this sentence.\n\nAs members"));
    program.run("letter", "publish", "--kind", "substantive", "--note", "What was asked for");
    const second = async () => (await program.count()).revision === 2;
    await eventually("the second text is there", second);
    const paths = await pagesOf(tab, program.origin);
    console.log(`  ${paths.length} pages: ${paths.join(" ")}`);
    for (const path of paths) await lookAt(tab, "living", program.origin, path);
    await lookAt(tab, "living", program.origin, "/not/there", { expected: 404 });
    await theBox(tab, program, people);
    await lookAt(tab, "living", program.origin, new URL(answer.url).pathname);
    const commands = { paused: ["letter", "pause"], closed: ["letter", "close"], off: ["names", "off", "--reason", "They are threatened"] };
    for (const [state, command] of Object.entries(commands)) {
      const before = await front(program);
      program.run(...command);
      await eventually(`it is ${state}`, async () => (await front(program)) !== before);
      await lookAt(tab, state, program.origin, "/");
    }
    await lookAt(tab, "off", program.origin, "/supporters");
  } finally {
    await tab.browserContext().close();
    await program.stop();
    await people.stop();
    await forge.stop();
  }
}

/** The front page's HTML. */
async function front(program) {
  return (await fetch(program.origin, { headers: { accept: "text/html" } })).text();
}

/** Somebody types a handle and presses Enter, and gets what the own server can; the text that is offered signs. */
async function theBox(tab, program, people) {
  const { origin } = program;
  for (const [name, { offers, answer }] of Object.entries(HOMES)) {
    const home = await Home.start(answer);
    const where = `box (${name})`;
    await show(tab, VIEWS.phone);
    await open(tab, origin);
    await tab.focus('form[action="/sign"] input[name="account"]');
    await tab.keyboard.type(`@me@${home.authority}`);
    await Promise.all([tab.waitForNavigation({ waitUntil: "networkidle0" }), tab.keyboard.press("Enter")]);
    const links = await tab.$$eval("main a[href]", (all) => all.map((it) => it.href));
    const theirs = links.filter((link) => link.startsWith(home.origin));
    const fits = theirs.length === offers.length && offers.every((offer, at) => theirs[at].includes(offer));
    if (!fits) note(where, [`offers ${theirs.join(" ") || "nothing"}, not ${offers.join(" ") || "nothing"}`]);
    if (links.some((link) => link.includes("evil.example"))) note(where, ["leads to another server"]);
    note(where, await faultsOfHtml(await tab.content().then((html) => html.replace(/^<!DOCTYPE html>/, "<!doctype html>"))));
    for (const view of ["desktop", "dark", "phone"]) {
      await show(tab, VIEWS[view]);
      note(`${where} (${view})`, await faultsOfLayout(tab, VIEWS[view]));
      await picture(tab, `box-${name}-${view}`);
    }
    note(where, await faultsOfKeyboard(tab));
    if (name === "intents") await signWith(tab, theirs[0], program, people);
    await home.stop();
  }
}

/** Follows the link that writes the post, and posts what it wrote. */
async function signWith(tab, link, program, people) {
  const before = (await program.count()).signed;
  await tab.goto(link);
  const written = await tab.$eval("#text", (it) => it.textContent);
  await people.says(program.origin, "hedy", written);
  await eventually("the text that was offered signs", async () => (await program.count()).signed === before + 1);
}

/** The front page and the list of a letter with thousands of names are no heavier. */
async function aLongLetter(browser) {
  const syllables = ["ba", "de", "gi", "ko", "lu", "ma", "ne", "ri", "so", "tu"];
  const name = (number) => [...String(number)].map((digit) => syllables[digit]).join("");
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const names = Array.from({ length: 5000 }, (_, n) => `- ${capital(name(1000 + n))} ${capital(name(9973 - n))}`);
  const [head] = LETTER.split(/^(?=Signed,)/m);
  const program = await Program.start({ "letter.md": `${head.trimEnd()}\n\nSigned,\n\n${names.join("\n")}\n` }, OPEN);
  const tab = await newTab(browser);
  try {
    const { total } = await program.count();
    if (total !== names.length) note("long", [`${total} names`]);
    for (const path of ["/", "/supporters", "/supporters?sort=name", "/supporters?q=a"]) {
      await lookAt(tab, "long", program.origin, path, { views: ["phone", "desktop"], keyboard: false });
    }
  } finally {
    await tab.browserContext().close();
    await program.stop();
  }
}

/** A letter that nobody signed, of an organiser who set nothing. */
async function anEmptyLetter(browser) {
  const program = await Program.start({ "letter.md": "# Keep the lights on\n\nWe ask for light.\n" });
  const tab = await newTab(browser);
  try {
    for (const path of await pagesOf(tab, program.origin)) {
      await lookAt(tab, "empty", program.origin, path, { views: ["phone", "desktop"] });
    }
  } finally {
    await tab.browserContext().close();
    await program.stop();
  }
}

/** A letter that is not out yet, and its preview. */
async function aDraft(browser) {
  const program = await Program.start({ "letter.md": LETTER }, `${OPEN}letter.launch = "manual"\n`);
  const tab = await newTab(browser);
  try {
    for (const path of ["/", "/about", "/privacy"]) await lookAt(tab, "draft", program.origin, path);
    const preview = JSON.parse(program.run("letter", "preview", "--json"));
    await lookAt(tab, "preview", program.origin, new URL(preview.url).pathname);
  } finally {
    await tab.browserContext().close();
    await program.stop();
  }
}

/** A letter that is written from right to left, with a translation that is not. */
async function anArabicLetter(browser) {
  const arabic = "---\nlang: ar\n---\n\n# أبقوا الأضواء مضاءة\n\nنطلب الضوء لكل من يعيش هنا.\n\n- واحد\n- اثنان\n";
  const german = "# Lasst das Licht an\n\nWir bitten um Licht für alle, die hier leben.\n";
  const program = await Program.start({ "letter.md": arabic, "letter.de.md": german }, OPEN);
  const tab = await newTab(browser);
  try {
    const paths = await pagesOf(tab, program.origin);
    if (!paths.includes("/de/")) note("arabic", [`no page in German: ${paths.join(" ")}`]);
    for (const path of paths) {
      await lookAt(tab, "arabic", program.origin, path, { views: ["phone", "desktop", "dark", "zoom"] });
      const direction = await tab.evaluate(() => getComputedStyle(document.documentElement).direction);
      const expected = path.startsWith("/de/") ? "ltr" : "rtl";
      if (direction !== expected) note(`arabic${path}`, [`is written ${direction}`]);
    }
  } finally {
    await tab.browserContext().close();
    await program.stop();
  }
}

if (PICTURES) mkdirSync(PICTURES, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // Everything is on this machine; a root has no sandbox.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--hide-scrollbars"],
});
const begun = Date.now();
try {
  for (const part of [aLivingLetter, aLongLetter, anEmptyLetter, anArabicLetter, aDraft]) {
    console.log(part.name);
    await part(browser);
  }
} finally {
  await browser.close();
}
console.log(`${looks} looks in ${Math.round((Date.now() - begun) / 1000)} s, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
