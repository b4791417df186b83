// Random class lists, scored by the page's code and by the command line: the same bytes, or refused by both.
//
// By hand, since it starts a program for each list: node test/lists.mjs [SEED [COUNT]]. Takes the built package and the
// program `pupil`, or the one that PUPIL names.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Scorer } from "pupil-scorer";

import { changesOf, columnsOf, explanationCell, explanationColumn } from "../demo/build/scored.js";
import { isNoText } from "../demo/build/tables/names.js";
import { answerColumn, readTable, rowCount, textOf } from "../demo/build/tables/table.js";
import { writeWorkbook } from "../demo/build/tables/workbook.js";
import { writeCsv } from "../demo/build/tables/write.js";
import { MIND_CA } from "./support.mjs";

const TASK = "mindca-ss_brian";
const WORDS = [
  ...["he", "wants", "more", "sausages", "lies", "because", "greedy", "to feel sorry", "é", "„so“", "你好", "🙂"],
  ...["=1+1", "-x", "+2", "@a", "=", "'x", '"quoted"', "a,b", "c;d", "e\tf", "g|h", "\n", "\r\n", "\r", " ", "\u00a0", ""],
  ...["NA", "-", "#REF!", "1.5", "007", "1e5", "inf", "nan", "true", "_x000D_", "<b>&amp;"],
];
const NAMES = ["text", "Answer", "Name", "id", "Response 1", "Points", "Antwort", "", "Why does he say so?", "level", "LABEL"];

const [seed = 1, count = 300] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), "pupil-lists-"));
const scorer = await Scorer.load(MIND_CA);
const task = scorer.task(TASK);
const found = { same: 0, refused: 0 };

// A linear congruential generator, so that a seed gives the same lists everywhere.
let state = seed;
const random = () => {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return state / 2 ** 31;
};
const pick = (values) => values[Math.floor(random() * values.length)];
const several = (most, make) => Array.from({ length: Math.floor(random() * most) }, make);

/** A list as a careless program writes it: its bytes, which seldom are a whole table. */
function list() {
  const delimiter = pick([",", ";", "\t", "|"]);
  const end = pick(["\n", "\r\n", "\r"]);
  const width = 1 + Math.floor(random() * 4);
  const quoted = (cell) =>
    /["\r\n]/.test(cell) || cell.includes(delimiter) || random() < 0.1 ? `"${cell.replaceAll('"', '""')}"` : cell;
  const cell = () => several(5, () => pick(WORDS)).join(" ");
  const header = Array.from({ length: width }, () => quoted(pick(NAMES)));
  const rows = several(6, () =>
    Array.from({ length: width + (random() < 0.03 ? 1 : 0) }, () => (random() < 0.03 ? cell() : quoted(cell()))).join(delimiter),
  );
  const title = random() < 0.15 ? `Class 7${delimiter.repeat(width - 1)}${end}` : "";
  const sep = random() < 0.15 ? `sep=${delimiter}${end}` : "";
  const text = `${sep}${title}${header.join(delimiter)}${end}${rows.join(end)}${random() < 0.8 ? end : ""}`;
  const encoding = random();
  if (encoding < 0.1) {
    return Buffer.from(`\ufeff${text}`);
  }
  if (encoding < 0.2) {
    return Buffer.from(`\ufeff${text}`, "utf16le");
  }
  if (encoding < 0.25) {
    return Buffer.from(text, "utf16le");
  }
  return encoding < 0.3 ? Buffer.concat([Buffer.from(`${text}x`), Buffer.of(0xff)]) : Buffer.from(text);
}

/** What the page makes of a file: the scored list as CSV and as a workbook; nothing if it refuses it. */
function page(name, bytes) {
  try {
    const table = readTable(name, new Uint8Array(bytes));
    const { column } = answerColumn(table);
    assert.ok(column !== undefined);
    const rows = Array.from({ length: rowCount(table) }, (_, row) => {
      const text = textOf(table, row, column);
      const answer = isNoText(text) ? "" : text;
      return { row, task, answer, reference: undefined, score: scorer.score(TASK, answer) };
    });
    const cells = rows.map(({ answer, score }) =>
      score.words === 0 ? "" : explanationCell(changesOf(answer, scorer.explain(TASK, answer))),
    );
    const columns = [...columnsOf(table.header, rows), explanationColumn(table.header, cells)];
    return { csv: Buffer.from(writeCsv(table, columns)), book: writeWorkbook(table, []) };
  } catch {
    return undefined;
  }
}

/** What the command line makes of a file; nothing if it refuses it. */
async function commandLine(name, bytes, to) {
  const [from, out] = [join(folder, name), join(folder, to)];
  await writeFile(from, bytes);
  const options = ["--csv", from, "--out", out, "--task", TASK, "--explain", "--force"];
  const { status, error } = spawnSync(process.env.PUPIL ?? "pupil", ["score", ...options], { stdio: "ignore" });
  assert.ifError(error);
  return status === 0 ? readFile(out) : undefined;
}

async function compare(name, bytes) {
  const have = page(name, bytes);
  const want = await commandLine(name, bytes, "scored.csv");
  if (want === undefined ? have !== undefined : have === undefined || !want.equals(have.csv)) {
    const kept = join(tmpdir(), `differs-${seed}-${name}`);
    await writeFile(kept, bytes);
    assert.fail(`the page ${have ? "scores" : "refuses"} ${kept}, the command line ${want ? "scores" : "refuses"} it`);
  }
  found[want === undefined ? "refused" : "same"] += 1;
  return have;
}

for (let one = 0; one < count; one += 1) {
  const bytes = list();
  const name = pick(["list.csv", "list.txt", "list.tsv"]);
  const have = await compare(name, bytes);
  if (have !== undefined) {
    // The page's workbook read by the command line, and the command line's by the page.
    await compare("page.xlsx", have.book);
    for (const book of ["scored.xlsx", "scored.ods"]) {
      const written = await commandLine(name, bytes, book);
      assert.ok(written !== undefined, book);
      await compare(book, written);
    }
  }
}
console.log(`seed ${seed}: ${found.same} lists and workbooks with the same bytes, ${found.refused} refused by both`);
await rm(folder, { recursive: true });
