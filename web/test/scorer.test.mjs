// What the cases of all languages do not show: files, errors, closing, Workers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import {
  BadInputError,
  CancelledError,
  NotAModelError,
  PupilError,
  Scorer,
  TooLargeError,
  Tracker,
  UnknownTaskError,
  UnreadableError,
  UnsupportedError,
  UntrustedError,
} from "pupil-scorer";
import { at, BURGLAR, E_LSTM, FEARED, KNOWLEDGE, MIND_CA, MIXTURES, PACK } from "./support.mjs";

const MODULE = new URL("../dist/pupil.wasm", import.meta.url);

test("the module imports nothing, so that it can reach neither a network nor a file", async () => {
  const module = await WebAssembly.compile(await readFile(MODULE));
  assert.deepEqual(WebAssembly.Module.imports(module), []);
});

test("every source gives the same scores", async () => {
  const bytes = await readFile(MIND_CA);
  const sources = [
    MIND_CA,
    MIND_CA.href,
    new Uint8Array(bytes),
    new Uint8Array(bytes).buffer,
    new Blob([bytes]),
    new Response(bytes),
  ];
  const scores = [];
  for (const source of sources) {
    const scorer = await Scorer.load(source);
    scores.push(scorer.score(BURGLAR, FEARED));
    scorer.close();
  }
  for (const score of scores) {
    assert.deepEqual(score, scores[0]);
  }
  assert.ok(scores[0].confidence > 0.5);
});

test("only files of trusted publishers are opened", async () => {
  const key = (await readFile(at("models/publisher.pub"), "utf8")).trim().split("\n").at(-1);
  const other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
  const [bytes, signature] = [await readFile(MIND_CA), await readFile(at("models/mind-ca/mind-ca.pupil.minisig"), "utf8")];
  const { blake3, version } = (await Scorer.load(MIND_CA)).about();
  const trust = { trustedKeys: [other, key], expectedBlake3: blake3, minVersion: version };
  const signed = await Scorer.load(MIND_CA, trust);
  assert.equal((await Scorer.load(bytes, { ...trust, signature })).about().blake3, blake3);
  const forged = new Uint8Array(bytes);
  forged[forged.length - 1] ^= 1;
  for (const [words, load] of [
    ["without a signature", () => Scorer.load(bytes, trust)],
    ["does not belong", () => Scorer.load(forged, { ...trust, signature })],
    ["trusted are E7620F1842B4E81F", () => Scorer.load(MIND_CA, { trustedKeys: [other] })],
    ["no signature", () => Scorer.load(E_LSTM, trust)],
    ["at least", () => Scorer.load(MIND_CA, { minVersion: version + 1 })],
    [blake3, () => Scorer.load(MIND_CA, { expectedBlake3: "0".repeat(64) })],
    ["without a signature", () => signed.attach(PACK)],
  ]) {
    await assert.rejects(load, (error) => error instanceof UntrustedError && error.message.includes(words), words);
  }
  await assert.rejects(Scorer.load(MIND_CA, { trustedKeys: ["no key"] }), BadInputError);
  // What one call trusts does not count for another that runs at the same time.
  const [base, pack] = [await Scorer.load(MIXTURES), await readFile(PACK)];
  const both = await Promise.allSettled([base.attach(pack, { trustedKeys: [key] }), base.attach(pack)]);
  assert.ok(both[0].reason instanceof UntrustedError && both[1].status === "fulfilled", both[0].status);
});

test("every op that has a variant for vectors runs it", async () => {
  const about = (await Scorer.load(MIND_CA)).about();
  const variants = Object.fromEntries(about.variants.map(({ op, variant }) => [op, variant]));
  for (const op of ["bilstm_i16", "matmul_i8", "matvec_i8", "quantize_i8"]) {
    assert.equal(variants[op], "wasm_simd128", op);
  }
  assert.equal(about.fileBytes, (await readFile(MIND_CA)).length);
  assert.match(about.blake3, /^[0-9a-f]{64}$/);
});

test("errors have a class, a kind and no text of the answer", async () => {
  const scorer = await Scorer.load(E_LSTM);
  const secret = "zorbl".repeat(20_000);
  await assert.rejects(Scorer.load(at("tests/nowhere.pupil")), UnreadableError);
  await assert.rejects(Scorer.load(Uint8Array.of(1, 2, 3)), NotAModelError);
  await assert.rejects(Scorer.load("models/mind-ca.pupil"), BadInputError);
  await assert.rejects(Scorer.load(42), BadInputError);
  await assert.rejects(Scorer.load(E_LSTM, { module: Uint8Array.of(0) }), UnsupportedError);
  assert.throws(() => scorer.score("nowhere", "warm"), UnknownTaskError);
  assert.throws(() => scorer.task("nowhere"), UnknownTaskError);
  assert.throws(() => scorer.score("balloons", undefined), { name: "BadInputError", kind: "bad-input" });
  assert.throws(() => scorer.score("balloons", "half \ud800 of a pair"), BadInputError);
  assert.throws(
    () => scorer.score("balloons", secret),
    (error) => error instanceof TooLargeError && error instanceof PupilError && !error.message.includes("zorbl"),
  );
  // After an error the scorer goes on.
  assert.equal(scorer.score("balloons", "warm").words, 1);
});

test("a limit of the options counts", async () => {
  const scorer = await Scorer.load(E_LSTM, { maxAnswerBytes: 10 });
  assert.equal(scorer.score("balloons", "0123456789").words, 1);
  assert.throws(() => scorer.score("balloons", "0123456789a"), TooLargeError);
});

test("a closed scorer refuses calls, and closing twice does nothing", async () => {
  const scorer = await Scorer.load(E_LSTM);
  const other = await Scorer.load(E_LSTM);
  scorer.close();
  scorer.close();
  assert.ok(scorer.isClosed && !other.isClosed);
  assert.throws(() => scorer.score("balloons", "warm"), BadInputError);
  await assert.rejects(scorer.scoreBatch("balloons", ["warm"]), BadInputError);
  assert.equal(other.score("balloons", "warm").words, 1);
  const disposed = await Tracker.load(KNOWLEDGE);
  disposed[Symbol.dispose]();
  assert.throws(() => disposed.predictAll(), BadInputError);
});

test("a batch in this thread is cancelled when its scorer is closed, and one that shares the model goes on", async () => {
  const base = await Scorer.load(MIXTURES);
  const both = await base.attach(PACK);
  const score = both.score("token", "warm air");
  const batch = base.scoreBatch("token", Array(20).fill("warm air"), { workers: 0 });
  // The batch has begun, and lets this thread breathe.
  await new Promise(setImmediate);
  base.close();
  await assert.rejects(batch, { name: "CancelledError", message: "cancelled after 0 of 20 answers" });
  assert.deepEqual(both.score("token", "warm air"), score);
  both.close();
});

test("threads open scorers and close them during calls, and every call gives its bits or is cancelled", async (context) => {
  // PUPIL_ROUNDS=1000000 takes some minutes.
  const rounds = Number(process.env.PUPIL_ROUNDS ?? 300);
  const module = await WebAssembly.compile(await readFile(MODULE));
  const files = await Promise.all([E_LSTM, MIXTURES, PACK].map(async (file) => new Uint8Array(await readFile(file))));
  const [small, model, pack] = files;
  const answers = Array.from({ length: 9 }, (_, place) => `warm air ${place}`);
  const threads = [0, 1].map(
    () =>
      new Promise((resolve, reject) => {
        const workerData = { rounds: Math.ceil(rounds / 2), module, small, model, pack, answers };
        const thread = new Worker(new URL("races.mjs", import.meta.url), { workerData });
        thread.on("message", resolve);
        thread.on("error", reject);
        thread.on("exit", (code) => reject(new Error(`the thread ended with ${code}`)));
      }),
  );
  const counts = await Promise.all(threads);
  const sum = (name) => counts.reduce((sum, one) => sum + one[name], 0);
  assert.deepEqual(counts.flatMap((one) => one.wrong), []);
  assert.ok(sum("races") >= rounds && sum("loaded") > 0 && sum("withWorker") > 0);
  assert.ok(sum("cancelled") > 0 && sum("whole") > 0);
  context.diagnostic(
    `${sum("races")} races: ${sum("loaded")} scorers with a model of their own, ${sum("withWorker")} with a Worker; ` +
      `${sum("cancelled")} batches cancelled, ${sum("whole")} whole`,
  );
});

test("packs come and go, and the scorers that share a model are closed one by one", async () => {
  const base = await Scorer.load(MIXTURES);
  const both = await base.attach(PACK);
  const [name] = both.about().packs;
  const added = both.tasks.map((task) => task.id).filter((id) => !base.tasks.some((task) => task.id === id));
  assert.ok(added.length > 0);
  base.close();
  const answers = Array.from({ length: 40 }, (_, place) => `warm air ${place}`);
  const task = added.find((id) => !both.task(id).needsReference);
  const alone = answers.map((answer) => both.score(task, answer));
  // The Worker opens the pack as well.
  assert.deepEqual(await both.scoreBatch(task, answers), alone);
  const without = both.detach(name);
  both.close();
  assert.deepEqual(without.about().packs, []);
  assert.throws(() => without.score(task, "warm"), UnknownTaskError);
  await assert.rejects(without.attach(E_LSTM), PupilError);
});

test("a batch tells its progress, in rising order, and gives the bits of single scores", async () => {
  const scorer = await Scorer.load(MIND_CA);
  const answers = Array.from({ length: 700 }, (_, place) => `${FEARED} ${place % 7}`);
  for (const workers of [0, 1, 3]) {
    const told = [];
    const onProgress = (done, total) => told.push([done, total]);
    const scores = await scorer.scoreBatch(BURGLAR, answers, { workers, onProgress });
    assert.deepEqual(scores, answers.map((answer) => scorer.score(BURGLAR, answer)));
    assert.ok(told.length > 1);
    assert.ok(told.every(([done, total], place) => total === 700 && done > (told[place - 1]?.[0] ?? 0)));
    assert.equal(told.at(-1)[0], 700);
  }
  scorer.close();
});

test("a batch can be cancelled, before it begins and on the way", async () => {
  const scorer = await Scorer.load(MIND_CA);
  const answers = Array.from({ length: 20_000 }, () => FEARED);
  for (const workers of [0, 1]) {
    const control = new AbortController();
    const onProgress = () => control.abort();
    await assert.rejects(scorer.scoreBatch(BURGLAR, answers, { workers, signal: control.signal, onProgress }), CancelledError);
    await assert.rejects(scorer.scoreBatch(BURGLAR, answers, { workers, signal: AbortSignal.abort() }), CancelledError);
    // Afterwards the scorer goes on.
    assert.equal((await scorer.scoreBatch(BURGLAR, [FEARED], { workers })).length, 1);
  }
  scorer.close();
});

test("the first failure of a batch is the one reported, with its place", async () => {
  const scorer = await Scorer.load(E_LSTM, { maxAnswerBytes: 20 });
  const answers = Array.from({ length: 300 }, (_, place) => (place >= 123 ? "much too long for the limit" : "warm"));
  for (const workers of [0, 1, 2]) {
    await assert.rejects(scorer.scoreBatch("balloons", answers, { workers }), (error) => {
      assert.equal(error.answer, 123);
      assert.match(error.message, /^answer 123:/);
      return error instanceof TooLargeError;
    });
  }
  await assert.rejects(scorer.scoreBatch("compare", ["warm"], { references: [] }), BadInputError);
  await assert.rejects(scorer.scoreBatch("nowhere", []), UnknownTaskError);
  await assert.rejects(scorer.scoreBatch("balloons", ["warm", 7]), { answer: 1 });
  await assert.rejects(
    scorer.scoreBatch("balloons", answers.slice(0, 20), {
      onProgress: () => {
        throw new RangeError("from the app");
      },
    }),
    RangeError,
  );
  scorer.close();
});
