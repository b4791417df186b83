// The demo page in Chromium: what a teacher does, from the list to the scored file; what leaves the device; without a
// network; by keyboard and by touch; and what axe-core says of every state, in light and in dark.
//
// Takes the built package, and the program `chromium` or the one that CHROMIUM names. PICTURES names a folder for
// pictures of the states.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import axe from "axe-core";
import { chromium } from "playwright-core";
import { Scorer } from "pupil-scorer";

import { buildPage } from "../demo/build.mjs";
import { answerColumn, columnNamed, readTable, rowCount, textOf } from "../demo/build/tables/table.js";
import { serve } from "../demo/serve.mjs";
import { at, bits, BURGLAR, CASES, FEARED, MIND_CA } from "./support.mjs";
import { book, ROW } from "./workbook.mjs";

const CLASSES = at("cli/tests/fixtures/classes/");
const SCORED = at("web/test/scored/");
const BRIAN = "Story: Brian and the sausages";
const { PICTURES } = process.env;

let browser;
let folder;
let server;
let address;
/** What the server was asked for, in order. */
const asked = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "pupil-demo-"));
  await buildPage(folder);
  server = await start(0);
  address = `http://localhost:${server.address().port}/`;
  const executablePath = process.env.CHROMIUM ?? execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  // The sandbox of Chromium does not start for root; the page is this repository's own.
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  if (PICTURES !== undefined) {
    await mkdir(PICTURES, { recursive: true });
  }
});

after(async () => {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(port) {
  const started = await serve(folder, port);
  started.on("request", (request) => asked.push(request.url));
  return started;
}

/** Opens the page in a browser that has never seen it, and waits until it works offline. */
async function open(options = {}) {
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1024, height: 768 }, ...options });
  const page = await context.newPage();
  const problems = [];
  const elsewhere = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  context.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("blob:")) {
      elsewhere.push(request.url());
    }
  });
  await page.goto(address);
  await page.locator("#offline.ready").waitFor();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return { context, page, problems, elsewhere };
}

/** Drops a file on the page, as the mouse does. */
async function drop(page, name, bytes, onto = ".drop") {
  const transfer = await page.evaluateHandle(
    ({ name, text }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      return transfer;
    },
    { name, text: Buffer.from(bytes).toString("base64") },
  );
  await page.dispatchEvent(onto, "dragover", { dataTransfer: transfer });
  await page.dispatchEvent(onto, "drop", { dataTransfer: transfer });
}

const dropClass = async (page, name, onto) => drop(page, name, await readFile(new URL(name, CLASSES)), onto);
const question = (page) => page.getByLabel("Question that the answers are to");
const score = (page) => page.getByRole("button", { name: /^Score [\d,]+ answers?$/ });
const results = (page) => page.getByRole("heading", { name: "Scores", exact: true });

async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** What axe-core finds on the page. */
async function check(page, state, scheme) {
  if (PICTURES !== undefined) {
    await page.screenshot({ path: join(PICTURES, `${state}-${scheme}.png`), fullPage: true });
  }
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  const lines = found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  assert.deepEqual(lines, [], `${state}, ${scheme}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${state}: ${wide} pixels beyond the window`);
}

test("a class list goes in, and comes out as the bytes that the command line writes", async () => {
  const { context, page, problems, elsewhere } = await open();
  const before = asked.length;
  for (const from of ["form.csv", "class-8a.xlsx", "klasse-7b.csv"]) {
    await dropClass(page, from);
    await question(page).selectOption({ label: BRIAN });
    await score(page).click();
    await results(page).waitFor();
    await page.getByLabel("with the words that moved each score").check();
    const csv = await downloaded(page, "Download CSV");
    assert.equal(csv.name, `${from.replace(/\..*$/, "")} scored.csv`);
    const want = await readFile(new URL(from.endsWith(".csv") ? from : `${from}.csv`, SCORED));
    assert.equal(csv.bytes.toString("latin1"), want.toString("latin1"), from);
    const book = await downloaded(page, "Download Excel");
    const [again, own] = [readTable(book.name, book.bytes), readTable(from, await readFile(new URL(from, CLASSES)))];
    assert.equal(rowCount(again), rowCount(own));
    const level = columnNamed(again, "level");
    const wanted = readTable("scored.csv", want);
    for (let row = 0; row < rowCount(own); row += 1) {
      assert.equal(textOf(again, row, level), textOf(wanted, row, columnNamed(wanted, "level")));
      const column = answerColumn(own).column;
      assert.equal(textOf(again, row, column).replaceAll("\r\n", "\n"), textOf(own, row, column).replaceAll("\r\n", "\n"));
    }
    await page.getByRole("button", { name: "Another list" }).click();
  }
  assert.deepEqual(asked.slice(before), [], "nothing was asked of the server after the page had loaded");
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(problems, []);
  await context.close();
});

test("what to read comes first, and an opened answer shows the words that moved its score", async () => {
  const { context, page } = await open();
  await page.getByRole("button", { name: "Try a made-up class" }).click();
  await score(page).click();
  await results(page).waitFor();
  const shown = await page.locator(".answers .text").allTextContents();
  assert.ok(shown.length >= 5 && shown.at(-1) === "No answer");
  const sure = await page.locator(".answers .confidence").allTextContents();
  const shares = sure.slice(0, -1).map((text) => Number.parseInt(text, 10));
  assert.deepEqual(shares, [...shares].sort((a, b) => a - b));
  await page.locator(".answers summary", { hasText: "He wants to trick them" }).click();
  await page.locator(".marked .up.w3", { hasText: "trick" }).waitFor();
  assert.match(await page.locator(".moves").textContent(), /^trick \+0\.\d{3}/);
  // A choice that scores depend on takes them away.
  await question(page).selectOption({ label: "Story: Simon and the bat" });
  await results(page).waitFor({ state: "detached" });
  await context.close();
});

test("the page has the bits of the API cases, under its own policy", async () => {
  const { context, page, problems } = await open();
  const cases = CASES.scores.filter(({ model, pack, error }) => model.endsWith("mind-ca.pupil") && !pack && !error);
  assert.ok(cases.length >= 30, String(cases.length));
  const got = await page.evaluate(async (cases) => {
    const { Scorer } = await import(new URL("pupil/index.js", document.baseURI).href);
    const scorer = await Scorer.load("models/mind-ca.pupil");
    return cases.map(({ task, answer: { text, times } }) =>
      scorer.score(task, text.repeat(times)).labels.map(({ probability }) => probability),
    );
  }, cases);
  got.forEach((labels, place) => assert.deepEqual(labels.map(bits), cases[place].score.probability_bits));
  const scorer = await Scorer.load(MIND_CA);
  const answers = [FEARED, "He was nervous", ""];
  const batch = await page.evaluate(
    async ([task, answers]) => {
      const { Scorer } = await import(new URL("pupil/index.js", document.baseURI).href);
      const scorer = await Scorer.load("models/mind-ca.pupil");
      return (await scorer.scoreBatch(task, answers, { workers: 2 })).map(({ confidence }) => confidence);
    },
    [BURGLAR, answers],
  );
  assert.deepEqual(batch.map(bits), answers.map((answer) => bits(scorer.score(BURGLAR, answer).confidence)));
  assert.deepEqual(problems, []);
  await context.close();
});

test("the policy refuses every connection to elsewhere", async () => {
  const { context, page } = await open();
  const refused = await page.evaluate(async () => {
    const blocked = [];
    addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
    await fetch("https://example.com/").catch(() => undefined);
    navigator.sendBeacon("https://example.com/", "x");
    new Image().src = "https://example.com/x.png";
    const script = document.createElement("script");
    script.src = "https://example.com/x.js";
    document.head.append(script);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return blocked;
  });
  // Both that of the page and that of the server refuse each of them.
  const twice = ["connect-src", "connect-src", "img-src", "script-src-elem"].flatMap((one) => [one, one]);
  assert.deepEqual(refused.sort(), twice);
  const meta = await page.locator("meta[http-equiv]").getAttribute("content");
  const { headers } = await fetch(address);
  assert.equal(headers.get("content-security-policy"), `${meta}; frame-ancestors 'none'`);
  await context.close();
});

test("the page and its models open without a network, and the app can be installed", async () => {
  const { context, page } = await open();
  const devtools = await context.newCDPSession(page);
  const manifest = await devtools.send("Page.getAppManifest");
  assert.deepEqual(manifest.errors, []);
  const errors = (await devtools.send("Page.getInstallabilityErrors")).installabilityErrors.map(({ errorId }) => errorId);
  assert.deepEqual(errors.filter((error) => error !== "in-incognito"), []);
  // The model that compares answers is fetched when it is first needed, once.
  const before = asked.length;
  const rows = "text\nshorter strings sound higher\nthe sound is the same\n";
  const compare = async () => {
    await drop(page, "class.csv", Buffer.from(rows));
    await question(page).selectOption({ label: "Compare with a reference answer" });
    await page.getByLabel(/^Reference answer/).fill("When the string is shorter, the pitch is higher.");
    await score(page).click();
    await results(page).waitFor({ timeout: 60_000 });
    return page.locator(".answers .confidence").allTextContents();
  };
  const first = await compare();
  assert.equal(first.length, 2);
  assert.match(asked.slice(before).join(" "), /^\/models\/science\.pupil\?[0-9a-f]{12}$/);
  // The server is gone, and so is the network.
  const { port } = server.address();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await context.setOffline(true);
  await page.reload();
  await page.locator("#offline.ready").waitFor();
  assert.deepEqual(await compare(), first);
  await page.locator(".answers summary").first().click();
  await page.locator(".marked").waitFor();
  await context.close();
  server = await start(port);
});

test("a long list shows its progress, and can be stopped", async () => {
  const { context, page } = await open();
  const rows = Array.from({ length: 60_000 }, (_, place) => `${place},he wants more of them number ${place % 97}`);
  await drop(page, "long.csv", Buffer.from(`id,text\n${rows.join("\n")}\n`));
  await question(page).selectOption({ label: BRIAN });
  await score(page).click();
  await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 0) > 0);
  assert.match(await page.locator(".progress").textContent(), /^Scoring: [\d,]+ of 60,000/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("[role=status]", { hasText: "Cancelled." }).waitFor({ state: "attached" });
  assert.equal(await results(page).count(), 0);
  await score(page).click();
  await results(page).waitFor({ timeout: 120_000 });
  assert.equal(await page.locator(".tiles dd").first().textContent(), "60,000");
  assert.equal(await page.locator(".answers > li").count(), 50);
  await page.getByRole("button", { name: /^Show more/ }).click();
  assert.equal(await page.locator(".answers > li").count(), 250);
  // The words of all of them take longer, and can be stopped, too.
  await page.getByLabel("with the words that moved each score").check();
  await page.getByRole("button", { name: "Download CSV" }).click();
  await page.locator(".downloads progress").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator(".downloads progress").waitFor({ state: "detached" });
  await context.close();
});

test("the keyboard is enough, and focus goes where the work is", async () => {
  const { context, page } = await open();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  const tabTo = async (text) => {
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press("Tab");
      if ((await focused()).startsWith(text)) {
        return;
      }
    }
    assert.fail(`Tab does not reach ${text}`);
  };
  await tabTo("Skip to the list");
  await tabTo("Try a made-up class");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Class list" }).waitFor();
  assert.match(await focused(), /Class list$/);
  await tabTo("Score 16");
  await page.keyboard.press("Enter");
  await results(page).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.endsWith("Scores"));
  await tabTo("Download Excel");
  await tabTo("Level 0 of 2He was joking");
  await page.keyboard.press("Enter");
  await page.locator(".marked").waitFor();
  await context.close();
});

test("a finger is enough: every control has 44 pixels", async () => {
  const { context, page } = await open({ hasTouch: true, viewport: { width: 768, height: 1024 } });
  await page.getByRole("button", { name: "Try a made-up class" }).tap();
  await score(page).tap();
  await results(page).waitFor();
  await page.locator(".answers summary").first().tap();
  await page.locator(".marked").waitFor();
  await page.getByText("All", { exact: false }).filter({ has: page.locator("b") }).last().tap();
  assert.equal(await page.locator(".answers > li").count(), 16);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, select, textarea, .answers summary, .segments label, .check")]
      .map((one) => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect().height])
      .filter(([, height]) => height < 44),
  );
  assert.deepEqual(small, []);
  await context.close();
});

test("errors stand where they belong, and say what to do", async () => {
  const { context, page } = await open();
  const alert = page.getByRole("alert");
  for (const [name, bytes, message] of [
    ["class.csv", Buffer.from("id,text\n1,a\n2,b,c\n"), /^Line 3: 3 cells, the header has 2\. Put quotes/],
    ["class.xlsx", Buffer.from("PK\x03\x04 and then nothing"), /not a spreadsheet that can be read/],
    ["class.xls", Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), /old \.xls.*as \.xlsx/],
    ["empty.csv", Buffer.from(""), /^The file is empty/],
  ]) {
    await drop(page, name, bytes);
    await alert.filter({ hasText: message }).waitFor();
  }
  await drop(page, "class.csv", Buffer.from("a,b\nHe ran away,so they laugh\nHe hid there,they are all sorry\n"));
  await score(page).click();
  assert.match(await alert.textContent(), /^2 columns may have the answers/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "column");
  await page.getByLabel("Answers are in").selectOption("b");
  await score(page).click();
  assert.match(await alert.textContent(), /^Choose the question/);
  await question(page).selectOption({ label: "Compare with a reference answer" });
  await score(page).click();
  assert.match(await alert.textContent(), /^Write what a right answer says/);
  await question(page).selectOption({ label: BRIAN });
  // A file that is no model, and then a list beside the place for it.
  await page.getByLabel("Model", { exact: true }).setInputFiles({ name: "x.pupil", mimeType: "", buffer: Buffer.from("no") });
  await alert.filter({ hasText: /^The model .x\.pupil. cannot be opened: file has only 2 bytes\.$/ }).waitFor();
  await drop(page, "other.csv", Buffer.from("id,text,task\n1,he ran,nowhere\n"), "footer");
  await page.getByText("other.csv").waitFor();
  await question(page).selectOption({ label: "Several: the column \u201ctask\u201d names the question of each row" });
  await score(page).click();
  await alert.filter({ hasText: /^Line 2: the column .task. names no question/ }).waitFor();
  await context.close();
});

test("a model of one's own, and tasks that the list names, are scored", async () => {
  const { context, page } = await open();
  await page.getByLabel("Class list", { exact: true }).setInputFiles(fileAt("docs/evaluation/class.csv"));
  await score(page).click();
  await results(page).waitFor();
  assert.ok((await page.locator(".grid tbody tr").count()) > 1);
  await page.getByLabel("Model", { exact: true }).setInputFiles(fileAt("tests/fixtures/golden/e_lstm.pupil"));
  await page.waitForFunction(() => document.querySelector("#question").value.startsWith("file e_lstm.pupil"));
  await score(page).click();
  await results(page).waitFor();
  await page.getByText("Models and credits").click();
  await page.waitForFunction(() => document.querySelectorAll(".credits strong").length === 2);
  await context.close();
});

const fileAt = (path) => at(path).pathname;

for (const scheme of ["light", "dark"]) {
  for (const [width, height] of [[1440, 900], [1024, 768], [768, 1024], [390, 844]]) {
    test(`axe-core finds nothing in any state, ${scheme}, ${width} × ${height}`, async () => {
      const { context, page } = await open({ colorScheme: scheme, viewport: { width, height } });
      const state = (name) => check(page, `${name}-${width}`, scheme);
      await state("empty");
      await page.getByText("Models and credits").click();
      await page.locator(".credits strong").waitFor();
      await state("credits");
      await page.getByText("Models and credits").click();
      await drop(page, "broken.csv", Buffer.from("id,text\n1,a\n2,b,c\n"));
      await page.getByRole("alert").waitFor();
      await state("broken");
      await drop(page, "two.xlsx", book({ sheets: [["Class 8a", "", ROW], ["Class 8b", "", ROW]] }));
      await page.getByRole("button", { name: "Class 8b" }).waitFor();
      await state("sheets");
      await page.getByRole("button", { name: "Class 8b" }).click();
      await page.getByText("sheet “Class 8b”").waitFor();
      await page.getByRole("button", { name: "Another list" }).click();
      await dropClass(page, "klasse-7b.csv");
      await score(page).click();
      await page.getByRole("alert").waitFor();
      await state("list");
      await question(page).selectOption({ label: "Compare with a reference answer" });
      await score(page).click();
      await page.getByRole("alert").waitFor();
      await state("reference");
      await page.getByLabel(/^Reference answer/).fill("Because he wants more sausages than the others.");
      await score(page).click();
      await results(page).waitFor({ timeout: 60_000 });
      await page.locator(".answers summary").first().click();
      await page.locator(".marked").waitFor();
      await state("labels");
      await question(page).selectOption({ label: BRIAN });
      await score(page).click();
      await results(page).waitFor();
      await page.locator(".answers summary").first().click();
      await page.locator(".marked").waitFor();
      await state("scores");
      await page.getByRole("button", { name: "Another list" }).click();
      await page.getByLabel("Class list", { exact: true }).setInputFiles(fileAt("docs/evaluation/class.csv"));
      await score(page).click();
      await results(page).waitFor();
      await state("several");
      const rows = Array.from({ length: 40_000 }, () => "he wants more of them, he lies to make them feel sorry for him");
      await page.getByRole("button", { name: "Another list" }).click();
      await drop(page, "long.csv", Buffer.from(`Answer;x\n${rows.join(";1\n")};1\n`));
      await question(page).selectOption({ label: BRIAN });
      await score(page).click();
      await page.locator("progress").waitFor();
      await state("progress");
      await context.close();
    });
  }
}
