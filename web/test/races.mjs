// A thread of the test of races: opens scorers, and closes each while a batch of it runs.
import { setTimeout as later } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

import { BadInputError, CancelledError, Scorer } from "pupil-scorer";

const { rounds, module, small, model, pack, answers } = workerData;
const counts = { races: 0, loaded: 0, withWorker: 0, cancelled: 0, whole: 0, wrong: [] };

/** How many rounds wait for each other's timers. */
const AT_ONCE = 16;

/** Once in so many rounds the batch runs in a Worker, whose start takes longer than all the others. */
const WITH_WORKER = 1000;

const both = await (await Scorer.load(model, { module })).attach(pack);
const [name] = both.about().packs;

/** Scorers with a memory of their own, and those that share one: nothing that one frees there may be of another. */
const own = { open: () => Scorer.load(small, { module }), task: "balloons", want: [] };
const shared = { open: async () => both.detach(name), task: "lstm", want: [] };
for (const kind of [own, shared]) {
  const scorer = await kind.open();
  kind.want = answers.map((answer) => JSON.stringify(scorer.score(kind.task, answer)));
}

/** When the scorer is closed. A chunk of the batch begins at a timer; the first has eight answers. */
const MOMENTS = [
  () => undefined,
  () => null,
  () => new Promise(setImmediate),
  () => later(0),
  (progress) => progress.first,
  (progress) => progress.first.then(() => later(0)),
];

async function race(round) {
  const kind = round % 2 === 0 ? own : shared;
  const scorer = await kind.open();
  const workers = round % WITH_WORKER === 0 ? 1 : 0;
  const progress = {};
  progress.first = new Promise((resolve) => {
    progress.tell = resolve;
  });
  const asked = round % 3 === 0 ? answers : answers.slice(0, 2);
  let isDone = false;
  const batch = scorer.scoreBatch(kind.task, asked, { workers, onProgress: progress.tell }).finally(() => {
    isDone = true;
  });
  const outcome = batch.then(
    (scores) => {
      counts.whole += 1;
      return scores.every((score, place) => JSON.stringify(score) === kind.want[place]) ? undefined : "other bits";
    },
    (error) => {
      counts.cancelled += 1;
      return error instanceof CancelledError ? undefined : `${error.name}: ${error.message}`;
    },
  );
  const moment = MOMENTS[Math.floor(round / 6) % MOMENTS.length](progress);
  if (moment !== undefined) {
    await moment;
  }
  const isRace = !isDone;
  scorer.close();
  try {
    scorer.score(kind.task, answers[0]);
    counts.wrong.push("a closed scorer scores");
  } catch (error) {
    if (!(error instanceof BadInputError) || error.message !== "the object is closed") {
      counts.wrong.push(`closed: ${error.name}: ${error.message}`);
    }
  }
  const wrong = await outcome;
  if (wrong !== undefined) {
    counts.wrong.push(wrong);
  }
  // The others in the same memory go on.
  const place = round % answers.length;
  if (JSON.stringify(both.score(shared.task, answers[place])) !== shared.want[place]) {
    counts.wrong.push("other bits of one that stays open");
  }
  if (isRace) {
    counts.races += 1;
    counts.loaded += kind === own ? 1 : 0;
    counts.withWorker += workers;
  }
}

let next = 0;
async function lane() {
  while (counts.races < rounds && counts.wrong.length === 0) {
    await race(next++);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, lane));
parentPort.postMessage(counts);
