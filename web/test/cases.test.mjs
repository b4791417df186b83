// The cases of tests/fixtures/api, which every language runs: the same bits, the same errors.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Monitor, PupilError, Scorer, Tracker } from "pupil-scorer";
import { answerOf, at, bits, CASES, real, scorerOf, written } from "./support.mjs";

for (const [kind, cases] of Object.entries(CASES)) {
  assert.ok(cases.length > 0, `there are no cases of ${kind}`);
}

/** Runs every case of a kind and fails with all that differ. */
async function every(cases, have, want) {
  const failures = [];
  for (const [place, one] of cases.entries()) {
    let got;
    try {
      got = written(await have(one));
    } catch (error) {
      if (!(error instanceof PupilError)) {
        throw error;
      }
      got = { error: error.kind, ...(error.answer === undefined ? {} : { error_answer: error.answer }) };
    }
    try {
      assert.deepEqual(got, written(want(one)));
    } catch (error) {
      failures.push(`case ${place}, ${one.model} ${one.task ?? ""}: ${error.message}`);
    }
  }
  assert.equal(failures.length, 0, `${failures.length} cases failed:\n${failures.slice(0, 5).join("\n")}`);
}

/** A case's own fields of that name, or its error. */
const wanted = (...names) => (one) =>
  one.error === undefined
    ? Object.fromEntries(names.map((name) => [name, one[name]]))
    : { error: one.error, error_answer: one.error_answer };

/** The bytes that a case opens. */
async function bytes(one) {
  return (await readFile(at(one.model))).subarray(0, one.first_bytes);
}

const guarantee = (given) =>
  given && {
    max_error_bits: bits(given.maxError),
    confidence_bits: bits(given.confidence),
    adjacent: given.adjacent,
    answers: given.answers,
    automatic: given.automatic,
    wrong: given.wrong,
    bound_bits: bits(given.bound),
    tasks: given.tasks,
    needed: given.needed,
  };

/** A score in the format of the cases. */
const seen = (score) => ({
  labels: score.labels.map((label) => label.name),
  probability_bits: score.labels.map((label) => bits(label.probability)),
  awarded: score.labels.map((label) => label.awarded),
  level: score.level,
  expected_bits: score.expected === undefined ? undefined : bits(score.expected),
  confidence_bits: bits(score.confidence),
  decision: score.review ?? "automatic",
  promised_bits: score.guarantee && bits(score.guarantee.maxError),
  words: score.words,
  unknown_words: score.unknownWords,
  tokens: score.tokens,
  truncated: score.truncated,
  repetitive: score.repetitive,
});

/** Without the fields that are null, which this package leaves undefined. */
const dense = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

test("files open or are refused as the cases say", async () => {
  await every(
    CASES.opens,
    async (one) => {
      let scorer = await Scorer.load(one.first_bytes === undefined ? at(one.model) : await bytes(one));
      if (one.pack !== undefined) {
        scorer = await scorer.attach(at(one.pack));
      }
      return {
        tasks: scorer.tasks.map((task) => task.id),
        members: scorer.tasks.map((task) =>
          task.members.map((member) => ({ family: member.family, weight_bits: bits(member.weight) })),
        ),
        guarantees: scorer.tasks.map((task) => guarantee(task.guarantee) ?? null),
      };
    },
    (one) =>
      one.error === undefined
        ? { tasks: one.tasks, members: one.members, guarantees: (one.guarantees ?? one.tasks.map(() => null)) }
        : { error: one.error },
  );
});

test("scores have the bits of the cases", async () => {
  await every(
    CASES.scores,
    async (one) => ({ score: seen((await scorerOf(one)).score(one.task, answerOf(one), one.reference)) }),
    (one) => (one.error === undefined ? { score: dense(one.score) } : { error: one.error }),
  );
});

test("explanations have the words and the bits of the cases", async () => {
  await every(
    CASES.explanations,
    async (one) => {
      const [scorer, answer] = [await scorerOf(one), answerOf(one)];
      const explanation = scorer.explain(one.task, answer, one.reference);
      assert.deepEqual(explanation.score, scorer.score(one.task, answer, one.reference));
      return {
        words: explanation.words.map((word) => ({
          text: answer.slice(word.start, word.end),
          utf16: [word.start, word.end],
          label_bits: word.labels.map(bits),
          expected_bits: word.expected === undefined ? undefined : bits(word.expected),
        })),
      };
    },
    (one) => ({
      words: one.words.map(({ text, utf16, label_bits, expected_bits }) =>
        dense({ text, utf16, label_bits, expected_bits: expected_bits ?? null }),
      ),
    }),
  );
});

test("experts have the bits of the cases", async () => {
  await every(
    CASES.experts,
    async (one) => {
      const { blocks } = (await scorerOf(one)).experts(one.task, answerOf(one), one.reference);
      return {
        members: blocks.map((block) => block.member),
        weight_bits: blocks.map((block) => block.weights.map(bits)),
      };
    },
    wanted("members", "weight_bits"),
  );
});

for (const workers of [0, 1, 2]) {
  test(`batches have the bits of the cases, in ${workers} Workers`, async () => {
    await every(
      CASES.batches,
      async (one) => {
        const { references } = one;
        const scores = await (await scorerOf(one)).scoreBatch(one.task, one.answers, {
          workers,
          ...(references === undefined ? {} : { references }),
        });
        return { probability_bits: scores.map((score) => score.labels.map((label) => bits(label.probability))) };
      },
      wanted("probability_bits"),
    );
  });
}

test("monitors find what the cases say, also after a pause", async () => {
  await every(
    CASES.monitors,
    async (one) => {
      const scorer = await scorerOf(one);
      let monitor = new Monitor(scorer);
      for (const added of one.added) {
        monitor = new Monitor(scorer, monitor.state());
        const score = scorer.score(added.task, added.answer, added.reference);
        for (let time = 0; time < added.times; time += 1) {
          monitor.add(added.task, score);
        }
      }
      assert.throws(() => new Monitor(scorer, monitor.state().subarray(1)), { kind: "bad-input" });
      return {
        changes: monitor.changes().map((change) => ({
          task: change.task,
          what: change.what,
          above_bits: change.above === undefined ? undefined : bits(change.above),
          calibrated_bits: bits(change.calibrated),
          now_bits: bits(change.now),
          since: change.since,
        })),
      };
    },
    (one) => (one.error === undefined ? { changes: one.changes.map(dense) } : { error: one.error }),
  );
});

/** What a call of a tracker gives, in the format of the cases. */
async function given(tracker, step) {
  switch (step.call) {
    case "answers":
      return { answers: tracker.answers };
    case "observe":
      tracker.observe(step.question ?? undefined, step.correct);
      return {};
    case "observe_score": {
      const score = (await scorerOf(step.score)).score(step.score.task, answerOf(step.score));
      const mark = step.level === undefined ? { label: step.label } : { level: step.level };
      return { right: tracker.observeScore(step.question, score, mark) };
    }
    case "predict":
      return { bits: [bits(tracker.predict(step.question ?? undefined))] };
    case "predict_all":
      return { bits: tracker.predictAll().map(bits) };
    case "mastery":
      return {
        mastery: tracker.mastery().map(({ skill, name, probability, answers }) => ({
          skill,
          name,
          bits: bits(probability),
          answers,
        })),
      };
    case "recommend": {
      const [low, high] = (step.range_bits ?? []).map(real);
      const range = low === undefined ? {} : { low, high };
      return {
        recommended: tracker.recommend(step.count, step.by_gain ? { byGain: true } : range).map((one) => ({
          question: one.question,
          bits: bits(one.probability),
          gain_bits: one.gain === undefined ? undefined : bits(one.gain),
        })),
      };
    }
    case "simulate": {
      const questions = Array.from({ length: step.times }, () => step.questions).flat();
      const drawn = tracker.simulate(questions, BigInt(step.seed));
      return { drawn: drawn.map((one) => ({ bits: bits(one.probability), correct: one.correct })) };
    }
    case "snapshot":
      return { snapshot: Buffer.from(tracker.snapshot()).toString("hex") };
    case "restore":
      tracker.restore(Buffer.from(step.snapshot.text.repeat(step.snapshot.times), "hex"));
      return {};
    default:
      throw new Error(`there is no call ${step.call}`);
  }
}

test("trackers give what the cases say", async () => {
  await every(
    CASES.trackers,
    async (one) => {
      let tracker = await Tracker.load(one.first_bytes === undefined ? at(one.model) : await bytes(one));
      const questions = tracker.questions().map(({ id, skills, difficulty }) => ({
        id,
        skills,
        difficulty_bits: difficulty === undefined ? undefined : bits(difficulty),
      }));
      const results = [];
      for (const step of one.steps) {
        if (step.call === "for_new_student") {
          tracker = tracker.forNewStudent();
          results.push(step.result);
          continue;
        }
        try {
          results.push(await given(tracker, step));
        } catch (error) {
          results.push({ error: error.kind ?? String(error) });
        }
      }
      return { questions, results };
    },
    (one) =>
      one.error === undefined
        ? { questions: one.questions, results: one.steps.map((step) => step.result) }
        : { error: one.error },
  );
});
