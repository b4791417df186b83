"""The cases for which every language must give the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Case, answer_of, bits, cases, opened, real, report, scorer_of
from numpy.typing import NDArray

import pupil_scorer
from pupil_scorer import Decision, Guarantee, Monitor, PupilError, Score, Scorer, Tracker

ERRORS = {
    "unreadable": pupil_scorer.UnreadableError,
    "not-a-model": pupil_scorer.NotAModelError,
    "damaged": pupil_scorer.DamagedError,
    "unsupported": pupil_scorer.UnsupportedError,
    "too-large": pupil_scorer.TooLargeError,
    "untrusted": pupil_scorer.UntrustedError,
    "wrong-base": pupil_scorer.WrongBaseError,
    "unknown-task": pupil_scorer.UnknownTaskError,
    "bad-input": pupil_scorer.BadInputError,
    "cancelled": pupil_scorer.CancelledError,
    "internal": pupil_scorer.InternalError,
}


def kind(error: PupilError) -> str:
    return next(name for name, listed in ERRORS.items() if isinstance(error, listed))


def seen(score: Score) -> Case:
    """A score in the format of the cases."""
    promised = {} if score.guarantee is None else {"promised_bits": bits(score.guarantee.max_error)}
    return promised | {
        "labels": [label.name for label in score.labels],
        "probability_bits": [bits(label.probability) for label in score.labels],
        "awarded": [label.awarded for label in score.labels],
        "level": score.level,
        "expected_bits": None if score.expected is None else bits(score.expected),
        "confidence_bits": bits(score.confidence),
        "decision": score.decision.reason or "automatic",
        "words": score.words,
        "unknown_words": score.unknown_words,
        "tokens": score.tokens,
        "truncated": score.truncated,
        "repetitive": score.repetitive,
    }


def place(case: Case) -> str:
    return f"{case['model']} {case['task']} {ascii(case['answer']['text'])[:60]} x {case['answer']['times']}"


def test_files_open_or_are_rejected_as_the_cases_say() -> None:
    failures = []
    for case in cases("opens"):
        try:
            if "first_bytes" in case:
                scorer = Scorer.from_bytes((ROOT / case["model"]).read_bytes()[: case["first_bytes"]])
            else:
                scorer = Scorer(ROOT / case["model"])
            if "pack" in case:
                scorer = scorer.attach(ROOT / case["pack"])
            members = [
                [{"family": m.family, "weight_bits": bits(m.weight)} for m in task.members]
                for task in scorer.tasks()
            ]
            have: tuple[Any, Any, Any] = ([task.id for task in scorer.tasks()], members, None)
        except PupilError as error:
            have = (None, None, kind(error))
        if have != (case.get("tasks"), case.get("members"), case.get("error")):
            failures.append(f"{case}: {have}")
            continue
        promised = [] if "error" in case else [guarantee(task.guarantee) for task in scorer.tasks()]
        if promised != case.get("guarantees", [None] * len(promised)):
            failures.append(f"{case}: {promised}")
    report(failures)


def guarantee(given: Guarantee | None) -> Case | None:
    if given is None:
        return None
    promised: Case = {
        "max_error_bits": bits(given.max_error),
        "confidence_bits": bits(given.confidence),
        "adjacent": given.adjacent,
        "answers": given.answers,
        "automatic": given.automatic,
        "wrong": given.wrong,
        "bound_bits": bits(given.bound),
        "tasks": given.tasks,
    }
    return promised if given.needed is None else promised | {"needed": given.needed}


def test_scores_have_the_bits_of_the_cases() -> None:
    failures = []
    for case in cases("scores"):
        try:
            score = scorer_of(case).score(case["task"], answer_of(case), case.get("reference"))
            have: tuple[Any, Any] = (seen(score), None)
        except PupilError as error:
            have = (None, kind(error))
        if have != (case.get("score"), case.get("error")):
            failures.append(f"{place(case)}: {have}")
    report(failures)


def test_monitors_find_what_the_cases_say_also_after_a_pause() -> None:
    failures = []
    for case in cases("monitors"):
        scorer = Scorer(ROOT / case["model"])
        try:
            monitor = Monitor(scorer)
            for added in case["added"]:
                monitor = Monitor(scorer, monitor.state())
                score = scorer.score(added["task"], added["answer"], added.get("reference"))
                for _ in range(added["times"]):
                    monitor.add(added["task"], score)
            changes = [
                {
                    "task": change.task,
                    "what": change.what,
                    "above_bits": None if change.above is None else bits(change.above),
                    "calibrated_bits": bits(change.calibrated),
                    "now_bits": bits(change.now),
                    "since": change.since,
                }
                for change in monitor.changes()
            ]
            have: tuple[Any, Any] = (changes, None)
            with pytest.raises(pupil_scorer.BadInputError):
                Monitor(scorer, monitor.state()[1:])
        except PupilError as error:
            have = ([], kind(error))
        if have != (case["changes"], case.get("error")):
            failures.append(f"{case['model']}: {have}")
    report(failures)


def test_trackers_give_what_the_cases_say() -> None:
    failures = []
    for case in cases("trackers"):
        try:
            if "first_bytes" in case:
                tracker = Tracker.from_bytes((ROOT / case["model"]).read_bytes()[: case["first_bytes"]])
            else:
                tracker = Tracker(ROOT / case["model"])
        except PupilError as error:
            if kind(error) != case.get("error"):
                failures.append(f"{case['model']}: {error!r}")
            continue
        questions = [
            {"id": one.id, "skills": list(one.skills)}
            | ({} if one.difficulty is None else {"difficulty_bits": bits(one.difficulty)})
            for one in tracker.questions()
        ]
        if "error" in case or questions != case["questions"]:
            failures.append(f"{case['model']}: {questions}")
        for place, step in enumerate(case["steps"]):
            if step["call"] == "for_new_student":
                tracker = tracker.for_new_student()
                continue
            try:
                have = given(tracker, step)
            except PupilError as error:
                have = {"error": kind(error)}
            if have != step["result"]:
                failures.append(f"{case['model']}, step {place} {step['call']}: {have}")
    report(failures)


def given(tracker: Tracker, step: Case) -> Case:
    """What a call of a tracker gives, in the format of the cases."""
    match step["call"]:
        case "answers":
            return {"answers": tracker.answers}
        case "observe":
            tracker.observe(step["question"], step["correct"])
            return {}
        case "observe_score":
            call = step["score"]
            score = scorer_of(call).score(call["task"], answer_of(call))
            mark = {name: step[name] for name in ("level", "label") if name in step}
            return {"right": tracker.observe_score(step["question"], score, **mark)}
        case "predict":
            return {"bits": [bits(tracker.predict(step["question"]))]}
        case "predict_all":
            return {"bits": [bits(p) for p in tracker.predict_all()]}
        case "mastery":
            skills = tracker.mastery()
            return {
                "mastery": [
                    {"skill": m.skill, "name": m.name, "bits": bits(m.probability), "answers": m.answers} for m in skills
                ]
            }
        case "recommend":
            ends = [real(digits) for digits in step.get("range_bits", [])]
            limits = dict(zip(("low", "high"), ends, strict=False))
            chosen = tracker.recommend(step["count"], by_gain=step["by_gain"], **limits)
            return {
                "recommended": [
                    {"question": one.question, "bits": bits(one.probability)}
                    | ({} if one.gain is None else {"gain_bits": bits(one.gain)})
                    for one in chosen
                ]
            }
        case "simulate":
            drawn = tracker.simulate(step["questions"] * step["times"], int(step["seed"]))
            return {"drawn": [{"bits": bits(one.probability), "correct": one.correct} for one in drawn]}
        case "snapshot":
            return {"snapshot": tracker.snapshot().hex()}
        case "restore":
            text = step["snapshot"]
            tracker.restore(bytes.fromhex(text["text"] * text["times"]))
            return {}
        case other:
            raise AssertionError(f"there is no call {other}")


def test_explanations_have_the_bits_and_the_words_of_the_cases() -> None:
    failures = []
    for case in cases("explanations"):
        answer = answer_of(case)
        explanation = scorer_of(case).explain(case["task"], answer, case.get("reference"))
        have = [
            {
                "text": answer[word.span],
                "scalars": [word.start, word.end],
                "label_bits": [bits(share) for share in word.labels],
                "expected_bits": None if word.expected is None else bits(word.expected),
            }
            for word in explanation.words
        ]
        want = [{name: word[name] for name in have[0]} for word in case["words"]] if have else case["words"]
        if have != want:
            failures.append(f"{place(case)}: {have}")
        scored = scorer_of(case).score(case["task"], answer, case.get("reference"))
        if explanation.score != scored:
            failures.append(f"{place(case)}: the explanation holds another score")
    report(failures)


def test_experts_have_the_bits_of_the_cases() -> None:
    failures = []
    for case in cases("experts"):
        try:
            used = scorer_of(case).experts(case["task"], answer_of(case), case.get("reference"))
            members = [block.member for block in used.blocks]
            weights = [[bits(weight) for weight in block.weights] for block in used.blocks]
            have: tuple[Any, Any, Any] = (members, weights, None)
        except PupilError as error:
            have = ([], [], kind(error))
        if have != (case["members"], case["weight_bits"], case.get("error")):
            failures.append(f"{place(case)}: {have}")
    report(failures)


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_batches_have_the_bits_of_the_cases(threads: int) -> None:
    failures = []
    for case in cases("batches"):
        try:
            scores = scorer_of(case).score_batch(
                case["task"], case["answers"], case.get("references"), threads=threads
            )
            rows = [[bits(value) for value in row] for row in scores.probabilities.tolist()]
            have: tuple[Any, Any, Any] = (rows, None, None)
        except PupilError as error:
            have = ([], kind(error), error.answer)
        if have != (case["probability_bits"], case.get("error"), case.get("error_answer")):
            failures.append(f"{case['model']} {case['task']}, {len(case['answers'])} answers: {have[1:]}")
    report(failures)


def test_every_column_of_a_batch_is_that_of_the_single_scores() -> None:
    failures = []
    for model, pack, task in {(case["model"], case.get("pack"), case["task"]) for case in cases("scores")}:
        of_task = [
            case
            for case in cases("scores")
            if (case["model"], case.get("pack"), case["task"]) == (model, pack, task) and "score" in case
        ]
        if not of_task:
            continue
        answers = [answer_of(case) for case in of_task]
        references = [case["reference"] for case in of_task] if "reference" in of_task[0] else None
        scores = opened(model, pack).score_batch(task, answers, references)
        have = [seen(score) for score in scores]
        failures += [
            f"{place(case)}: {row}" for case, row in zip(of_task, have, strict=True) if row != case["score"]
        ]
        codes = [Decision(code).reason or "automatic" for code in scores.decision.tolist()]
        if codes != [case["score"]["decision"] for case in of_task]:
            failures.append(f"{model} {task}: {codes}")
        if scores.needs_review.tolist() != [code != "automatic" for code in codes]:
            failures.append(f"{model} {task}: {scores.needs_review}")
    report(failures)


def test_arrays_have_the_documented_types_and_shapes() -> None:
    scores = opened("tests/fixtures/golden/e_lstm.pupil").score_batch("balloons", ["warm", "air", ""])
    assert scores.labels == ("0", "1", "2")
    assert scores.probabilities.shape == scores.awarded.shape == (3, 3)
    assert scores.level is not None and scores.expected is not None
    types: dict[np.dtype[Any], list[NDArray[Any]]] = {
        np.dtype(np.float32): [scores.probabilities, scores.expected, scores.confidence],
        np.dtype(np.bool_): [scores.awarded, scores.truncated, scores.repetitive],
        np.dtype(np.int32): [scores.level],
        np.dtype(np.uint8): [scores.decision],
        np.dtype(np.uint32): [scores.words, scores.unknown_words, scores.tokens],
    }
    for dtype, arrays in types.items():
        assert [array.dtype for array in arrays] == [dtype] * len(arrays)
        assert [len(array) for array in arrays] == [3] * len(arrays)
    without_scale = opened("tests/fixtures/golden/e_lstm.pupil").score_batch("topic", ["warm"])
    assert without_scale.level is None and without_scale.expected is None
