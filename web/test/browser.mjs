// Runs scores and batches of tests/fixtures/api in a headless Chromium, in the page and in Workers: the same bits.
//
// Takes the built package, and the program `chromium` or the one that CHROMIUM names.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = /^\/(web\/dist|tests\/fixtures|models)\/[\w/.-]+$/;
const TYPES = { js: "text/javascript", json: "application/json", wasm: "application/wasm" };
const LIMIT_MS = 300_000;

/** What the page does; it ends with a report. */
async function run() {
  const { Scorer } = await import("/web/dist/index.js");
  const cases = await (await fetch("/tests/fixtures/api/cases.json")).json();
  const view = new DataView(new ArrayBuffer(4));
  const bits = (value) => {
    view.setFloat32(0, value);
    return view.getUint32(0).toString(16).padStart(8, "0");
  };
  const probabilities = (score) => score.labels.map((label) => bits(label.probability));
  const opened = new Map();
  const scorerOf = async ({ model, pack }) => {
    const key = `${model} ${pack}`;
    if (!opened.has(key)) {
      const scorer = await Scorer.load(`/${model}`);
      opened.set(key, pack === undefined ? scorer : await scorer.attach(`/${pack}`));
    }
    return opened.get(key);
  };
  const report = { agent: navigator.userAgent, scores: 0, batches: 0, differ: [] };
  const compare = async (kind, one, want, have) => {
    let got;
    try {
      got = await have(await scorerOf(one));
    } catch (error) {
      got = { error: error.kind ?? String(error), place: error.answer };
    }
    report[kind] += 1;
    if (JSON.stringify(got) !== JSON.stringify(want)) {
      report.differ.push(`${kind} ${one.model} ${one.task}: ${JSON.stringify(got).slice(0, 200)}`);
    }
  };
  for (const one of cases.scores) {
    const want = one.error
      ? { error: one.error }
      : [one.score.probability_bits, one.score.confidence_bits, one.score.decision];
    await compare("scores", one, want, (scorer) => {
      const score = scorer.score(one.task, one.answer.text.repeat(one.answer.times), one.reference);
      return [probabilities(score), bits(score.confidence), score.review ?? "automatic"];
    });
  }
  for (const one of cases.batches) {
    const want = one.error ? { error: one.error, place: one.error_answer } : one.probability_bits;
    for (const workers of [0, 1, 2]) {
      await compare("batches", one, want, async (scorer) => {
        const references = one.references === undefined ? {} : { references: one.references };
        return (await scorer.scoreBatch(one.task, one.answers, { workers, ...references })).map(probabilities);
      });
    }
  }
  return report;
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>pupil-scorer</title><script type="module">
${run}
const report = await run().catch((error) => ({ differ: [String(error)] }));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
</script>`;

const profile = await mkdtemp(join(tmpdir(), "pupil-browser-"));
let browser;
const report = await new Promise((resolve, reject) => {
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      const parts = [];
      for await (const part of request) {
        parts.push(part);
      }
      response.end();
      resolve(JSON.parse(Buffer.concat(parts).toString()));
      return;
    }
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/") {
      response.setHeader("content-type", "text/html").end(PAGE);
      return;
    }
    const body = FOLDERS.test(pathname) && (await readFile(new URL(`.${pathname}`, ROOT)).catch(() => undefined));
    if (!body) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[pathname.split(".").at(-1)] ?? "application/octet-stream";
    response.setHeader("content-type", type).end(body);
  });
  server.listen(0, "127.0.0.1", () => {
    const address = `http://127.0.0.1:${server.address().port}/`;
    // The sandbox of Chromium does not start for root; the page is this file's own.
    const options = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, address];
    browser = spawn(process.env.CHROMIUM ?? "chromium", options, { stdio: "ignore" });
    browser.on("error", reject);
  });
  setTimeout(() => reject(new Error(`no report within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
}).finally(() => browser?.kill());

console.log(report);
await new Promise((resolve) => setTimeout(resolve, 500));
await rm(profile, { recursive: true, force: true, maxRetries: 3 });
process.exit(report.differ.length === 0 && report.scores > 400 && report.batches >= 21 ? 0 : 1);
