"""What a scorer guarantees besides the numbers: errors, texts, threads, closing, pickling."""

from __future__ import annotations

import errno
import io
import mmap
import os
import pickle
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from conftest import BURGLAR, E_LSTM, FEARED, MIND_CA, MIXTURES, PACK, PRACTICE, ROOT, SCIENCE, report

import pupil_scorer
from pupil_scorer import Decision, LabelScore, Score, Scorer, Tracker, Trust
from pupil_scorer._files import FILE_BYTES


def test_panic_of_the_engine_is_an_error_and_the_scorer_still_works() -> None:
    scorer = Scorer(E_LSTM)
    before = scorer.score("balloons", "warm air")
    engine: Any = scorer._engine
    for _ in range(20):
        with pytest.raises(pupil_scorer.InternalError, match="the engine panicked") as raised:
            engine.panic()
        assert "deliberate" not in str(raised.value)
        assert scorer.score("balloons", "warm air") == before


def test_panic_writes_nothing() -> None:
    code = (
        "import pupil_scorer as p\n"
        f"engine = p.Scorer({str(E_LSTM)!r})._engine\n"
        "try:\n    engine.panic()\n"
        "except p.InternalError:\n    print('raised')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["raised"]
    assert done.stderr == ""


def test_file_beyond_the_limit_is_rejected_before_it_is_copied() -> None:
    with pytest.raises(pupil_scorer.TooLargeError, match=f"has {FILE_BYTES + 1} bytes, at most {FILE_BYTES}"):
        with mmap.mmap(-1, FILE_BYTES + 1) as whole, memoryview(whole) as large:
            Scorer.from_bytes(large)


def test_errors_have_their_class_and_numbers_and_never_the_answer(tmp_path: Path) -> None:
    scorer = Scorer(E_LSTM)
    secret = "zanzibar"
    calls: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: Scorer(tmp_path / "none.pupil"), pupil_scorer.NotFoundError, "none.pupil"),
        (lambda: Scorer(tmp_path / "\udcff.pupil"), pupil_scorer.BadInputError, "the path has a lone surrogate"),
        (lambda: Scorer.from_bytes(b""), pupil_scorer.NotAModelError, "0"),
        (lambda: Scorer(E_LSTM, max_answer_bytes=-1), pupil_scorer.BadInputError, "-1 bytes"),
        (lambda: scorer.attach(tmp_path / "none.pupil"), pupil_scorer.NotFoundError, "none.pupil"),
        (lambda: scorer.attach(PACK), pupil_scorer.WrongBaseError, ""),
        (lambda: scorer.detach("none"), pupil_scorer.BadInputError, "no task pack is attached"),
        (lambda: scorer.score("none", secret), pupil_scorer.UnknownTaskError, "balloons"),
        (lambda: scorer.score_batch("none", [secret]), pupil_scorer.UnknownTaskError, "balloons"),
        (lambda: scorer.score("balloons", secret, secret), pupil_scorer.BadInputError, ""),
        (lambda: scorer.score("compare", secret), pupil_scorer.BadInputError, ""),
        (lambda: scorer.experts("balloons", secret), pupil_scorer.BadInputError, ""),
        (lambda: scorer.score("balloons", secret * 9000), pupil_scorer.TooLargeError, "72000"),
        (lambda: scorer.score_batch("balloons", [secret], threads=-1), pupil_scorer.BadInputError, "-1 threads"),
        (lambda: scorer.score_batch("compare", [secret], []), pupil_scorer.BadInputError, "1 answers and 0 references"),
        (lambda: scorer.score_batch("balloons", secret), TypeError, "one str"),
        (lambda: scorer.score_batch("balloons", ["a", None]), pupil_scorer.BadInputError, "answer 1 is missing"),
        (lambda: scorer.score("balloons", 7), TypeError, "int"),  # type: ignore[arg-type]
    ]
    failures = []
    for place, (call, kind, words) in enumerate(calls):
        try:
            failures.append(f"{place}: gave {call()!r}")
        except Exception as error:
            if type(error) is not kind or words not in str(error) or secret in str(error):
                failures.append(f"{place}: {error!r}")
    report(failures)


def test_errors_of_files_are_errors_of_the_system_as_well(tmp_path: Path) -> None:
    opens: tuple[Callable[[Path], object], ...] = (Scorer, Tracker, Scorer(MIXTURES).attach)
    for call in opens:
        with pytest.raises(FileNotFoundError) as missing:
            call(tmp_path / "none.pupil")
        assert missing.value.errno == errno.ENOENT and "none.pupil" in str(missing.value)
        assert type(missing.value) is pupil_scorer.NotFoundError
    with pytest.raises(OSError) as folder:
        Scorer(MIXTURES).attach(tmp_path)
    assert type(folder.value) is pupil_scorer.UnreadableError and folder.value.errno == errno.EISDIR
    copy = pickle.loads(pickle.dumps(missing.value))
    assert (type(copy), str(copy)) == (type(missing.value), str(missing.value))


class Slow(io.RawIOBase):
    """A file that gives a few bytes at a time, as a socket does."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(min(size, 70_000))


def test_objects_like_files_are_opened(tmp_path: Path) -> None:
    want = Scorer(MIXTURES).attach(PACK)
    task = want.tasks()[-1]
    reference = "Warm air expands." if task.needs_reference else None
    archive = tmp_path / "models.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.write(MIXTURES, "mixtures.pupil")
    with MIXTURES.open("rb") as file, zipfile.ZipFile(archive) as models, models.open("mixtures.pupil") as member:
        for given in (file, member, io.BytesIO(MIXTURES.read_bytes()), Slow(MIXTURES.read_bytes())):
            scorer = Scorer(given).attach(io.BytesIO(PACK.read_bytes()))
            assert scorer.score(task.id, "warm air", reference) == want.score(task.id, "warm air", reference)
            assert pickle.loads(pickle.dumps(scorer)).about().blake3 == want.about().blake3
    assert Tracker(io.BytesIO(PRACTICE.read_bytes())).questions() == Tracker(PRACTICE).questions()
    with pytest.raises(TypeError, match='not bytes: open it with mode "rb"'):
        Scorer(io.StringIO("text"))  # type: ignore[arg-type]
    for wrong in (7, None, [MIXTURES]):
        with pytest.raises(TypeError, match="pass a path, or a file"):
            Scorer(wrong)  # type: ignore[arg-type]


def test_only_files_of_trusted_publishers_are_opened(tmp_path: Path) -> None:
    key = (MIND_CA.parents[1] / "publisher.pub").read_text().splitlines()[-1]
    other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
    signature = Path(f"{MIND_CA}.minisig").read_text()
    plain = Scorer(MIND_CA)
    version, blake3 = plain.about().version, plain.about().blake3
    trust = Trust(keys=(other, key), expected_blake3=blake3, min_version=version)
    data = MIND_CA.read_bytes()
    for scorer in (
        Scorer(MIND_CA, trust=trust),
        Scorer(MIND_CA, map_unchanging_file=True),
        Scorer.from_bytes(data, trust=replace(trust, signature=signature)),
        pickle.loads(pickle.dumps(Scorer(MIND_CA, trust=trust))),
    ):
        assert scorer.score(BURGLAR, FEARED) == plain.score(BURGLAR, FEARED)
    Tracker(PRACTICE, trust=Trust(keys=(key,)))
    copy = tmp_path / "copy.pupil"
    copy.write_bytes(data)
    signed = Scorer(MIND_CA, trust=trust)
    for call, words in (
        (lambda: Scorer(copy, trust=trust), "copy.pupil.minisig"),
        (lambda: Scorer.from_bytes(data, trust=trust), "without a signature"),
        (lambda: Scorer.from_bytes(data[:-1] + b"x", trust=replace(trust, signature=signature)), "does not belong"),
        (lambda: Scorer(MIND_CA, trust=Trust(keys=(other,))), "trusted are E7620F1842B4E81F"),
        (lambda: Scorer(MIND_CA, trust=Trust(min_version=version + 1)), f"at least {version + 1}"),
        (lambda: Scorer(MIND_CA, trust=Trust(expected_blake3="0" * 64)), blake3),
        (lambda: Tracker(PRACTICE, trust=Trust(keys=(other,))), "trusted are"),
        (lambda: signed.attach(PACK), "pack.pupil.minisig"),
        (lambda: signed.attach(PACK.read_bytes()), "without a signature"),
    ):
        with pytest.raises(pupil_scorer.UntrustedError, match=words):
            call()
    with pytest.raises(pupil_scorer.WrongBaseError):
        signed.attach(PACK, trust=Trust())


def test_scores_are_values() -> None:
    with Scorer(MIND_CA) as scorer:
        score, other = scorer.score(BURGLAR, FEARED), scorer.score(BURGLAR, "He was tired.")
        promised = [task.guarantee for task in scorer.tasks() if task.guarantee is not None]
    for one in (score, other, score.labels[0], *promised):
        copy = pickle.loads(pickle.dumps(one))
        assert copy == one and hash(copy) == hash(one) and repr(copy) == repr(one) and copy is not one
    assert score != other and score != "a score" and score.labels is score.labels
    assert score.labels[0] != score.labels[1] and len({score, other, pickle.loads(pickle.dumps(score))}) == 2
    fields = {name: getattr(score, name) for name in Score.__match_args__}
    assert Score(**fields) == score
    for name in fields:
        with pytest.raises(AttributeError):
            setattr(score, name, None)
    match score:
        case Score(labels=(LabelScore(name, probability, _), *_), level=level):
            assert (name, probability, level) == ("0", score.labels[0].probability, score.level)
    with pytest.raises(ValueError, match="99 is not the number of a decision"):
        Score(**fields | {"decision": 99})


def test_version_is_that_of_the_project() -> None:
    assert f'\nversion = "{pupil_scorer.__version__}"\n' in (ROOT / "Cargo.toml").read_text()


def test_errors_are_pickled_whole() -> None:
    error = pupil_scorer.TooLargeError("answer 3: too long", 3)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.answer) == (pupil_scorer.TooLargeError, "answer 3: too long", 3)


def test_lone_surrogate_is_rejected_with_its_position() -> None:
    scorer, compared = Scorer(E_LSTM), Scorer(SCIENCE)
    task = compared.tasks()[0].id
    calls: list[tuple[Callable[[], object], str, int | None]] = [
        (lambda: scorer.score("balloons", "ab\ud800c"), "the answer has a lone surrogate at character 2", None),
        (lambda: scorer.explain("balloons", "\udfff"), "the answer has a lone surrogate at character 0", None),
        (lambda: compared.score(task, "ab", "\ud800"), "the reference has a lone surrogate", None),
        (lambda: scorer.score("\ud800", "ab"), "the task has a lone surrogate", None),
        (lambda: scorer.score_batch("balloons", ["ok", "a\ud800"]), "answer 1 has a lone surrogate at character 1", 1),
        (lambda: compared.score_batch(task, ["ok"], ["\ud800"]), "reference 0 has a lone surrogate", 0),
    ]
    failures = []
    for place, (call, words, answer) in enumerate(calls):
        try:
            failures.append(f"{place}: gave {call()!r}")
        except pupil_scorer.BadInputError as error:
            if words not in str(error) or error.answer != answer or error.__context__ is not None:
                failures.append(f"{place}: {error!r}")
    report(failures)


def test_unusual_texts_are_passed_on_unchanged() -> None:
    scorer = Scorer(E_LSTM, max_answer_bytes=2 << 20)
    texts = [
        "nul \0 inside",
        "😀 👩‍👩‍👧‍👦 the 🎈 expands 🇬🇧",
        "اختبار نص \u202eright to left\u202c עברית",
        "e\u0301 and é are two spellings",
        "\U0010ffff\ufffe\ufeff beyond",
        "warm air" + " " * (1 << 20) + "expands",
        "🎈" * 280_000 + " expands",
    ]
    assert [len(text.encode()) > 1 << 20 for text in texts[-2:]] == [True, True]
    with pytest.raises(pupil_scorer.TooLargeError, match="233018 tokens"):
        scorer.score("balloons", "warm air " * 116_509)
    scores = scorer.score_batch("balloons", texts)
    failures = []
    for place, text in enumerate(texts):
        if scorer.score("balloons", text) != scores[place]:
            failures.append(f"text {place}: alone and in the batch it has two scores")
    for place, text in enumerate(texts[:5]):
        words = scorer.explain("balloons", text).words
        ends = [0, *(word.end for word in words)]
        between = [text[end : word.start] for end, word in zip(ends, words)] + [text[ends[-1] :]]
        if " " in "".join(text[word.span] for word in words) or "".join(between).strip():
            failures.append(f"text {place}: cut into {[text[word.span] for word in words]}")
    report(failures)


def test_closing_during_running_calls_is_safe() -> None:
    # PUPIL_ROUNDS=1000000 takes some minutes.
    rounds = int(os.environ.get("PUPIL_ROUNDS", "400"))
    data, answers = E_LSTM.read_bytes(), ["warm air needs room"] * 40
    current = Scorer.from_bytes(data)
    score, explanation = current.score("balloons", answers[0]), current.explain("balloons", answers[0])
    to_close: SimpleQueue[tuple[Scorer, SimpleQueue[None]] | None] = SimpleQueue()
    counts = dict.fromkeys(("races", "opened", "calls", "refused"), 0)
    failures: list[str] = []
    lock = threading.Lock()

    def close() -> None:
        while (given := to_close.get()) is not None:
            scorer, closed = given
            scorer.close()
            closed.put(None)

    def race(place: int, closed: SimpleQueue[None]) -> None:
        nonlocal current
        scorer = current = Scorer.from_bytes(data)

        asked = False

        def progress(done: int, total: int) -> None:
            nonlocal asked
            if not asked:
                assert done < total
                asked = True
                to_close.put((scorer, closed))
                # Mostly, so that the rest of the batch certainly runs after the closing.
                if place % 4 > 0:
                    closed.get()

        scores = scorer.score_batch("balloons", answers, threads=1, progress=progress)
        is_race = scorer.closed
        if any(one != score for one in scores):
            failures.append("another score in a batch")
        # The scorer of this thread or of another, which may be closed by now or at any time.
        shared, calls, refused = current, 1, 0
        try:
            for call in range(6):
                if call % 3 == 1:
                    same = shared.explain("balloons", answers[0]) == explanation
                else:
                    same = shared.score("balloons", answers[0]) == score
                if not same:
                    failures.append(f"call {call}: another result")
                calls += 1
        except pupil_scorer.ClosedError:
            refused = 1
        if place % 4 == 0:
            closed.get()
        with lock:
            for name, number in zip(counts, (is_race, 1, calls, refused)):
                counts[name] += number

    def use() -> None:
        try:
            place, closed = 0, SimpleQueue[None]()
            while counts["races"] < rounds and not failures:
                race(place, closed)
                place += 1
        except BaseException as error:
            failures.append(repr(error))

    closers = [threading.Thread(target=close) for _ in range(2)]
    users = [threading.Thread(target=use) for _ in range(6)]
    for thread in closers + users:
        thread.start()
    for thread in users:
        thread.join()
    for thread in closers:
        to_close.put(None)
    for thread in closers:
        thread.join()
    report(failures)
    assert counts["opened"] >= counts["races"] >= rounds and counts["calls"] > counts["refused"] > 0
    print(counts)


def test_batch_finishes_when_the_scorer_is_closed() -> None:
    scorer = Scorer(E_LSTM)
    scores = scorer.score_batch("balloons", ["warm air"] * 100, threads=2, progress=lambda done, total: scorer.close())
    assert len(scores) == 100 and scorer.closed
    assert scores.confidence.min() == scores.confidence.max() > 0


def test_every_method_of_a_closed_scorer_raises_closed_error() -> None:
    scorer = Scorer(E_LSTM)
    with scorer:
        pass
    scorer.close()
    calls: list[Callable[[], object]] = [
        lambda: scorer.score("balloons", "warm"),
        lambda: scorer.explain("balloons", "warm"),
        lambda: scorer.experts("balloons", "warm"),
        lambda: scorer.score_batch("balloons", ["warm"]),
        lambda: scorer.tasks(),
        lambda: scorer.about(),
        lambda: scorer.attach(PACK),
        lambda: scorer.detach("pack"),
        lambda: scorer.__enter__(),
        lambda: pickle.dumps(scorer),
    ]
    for call in calls:
        with pytest.raises(pupil_scorer.ClosedError, match="the scorer is closed"):
            call()
    assert "closed" in repr(scorer)


def test_one_scorer_gives_eight_threads_the_same_bits() -> None:
    scorer = Scorer(MIND_CA)
    tasks = [task.id for task in scorer.tasks()]
    want = [scorer.score(task, FEARED) for task in tasks]

    def all_tasks(turn: int) -> list[Score]:
        order = [(place + turn) % len(tasks) for place in range(len(tasks))]
        scores = {place: scorer.score(tasks[place], FEARED) for place in order}
        return [scores[place] for place in range(len(tasks))]

    with ThreadPoolExecutor(8) as pool:
        for have in pool.map(all_tasks, range(64)):
            assert have == want


def test_task_packs_are_attached_and_detached() -> None:
    base = Scorer(MIXTURES)
    known = {task.id for task in base.tasks()}
    with base.attach(PACK) as both, base.attach(PACK.read_bytes()) as from_bytes:
        added = [task for task in both.tasks() if task.id not in known]
        assert added and [task for task in from_bytes.tasks() if task.id not in known] == added
        reference = "Warm air expands." if added[0].needs_reference else None
        score = both.score(added[0].id, "the air is warm", reference)
        assert len(score.labels) == len(added[0].labels)
        with pytest.raises(pupil_scorer.UnknownTaskError):
            base.score(added[0].id, "the air is warm", reference)
        (name,) = both.about().packs
        without = both.detach(name)
        assert {task.id for task in without.tasks()} == known
        base.close()
        assert both.score(added[0].id, "the air is warm", reference) == score


def test_pickled_scorer_gives_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "model.pupil"
    shutil.copy(MIXTURES, path)
    task = Scorer(PACK.parent / "../golden/mixtures.pupil").attach(PACK).tasks()[-1]
    reference = "Warm air expands." if task.needs_reference else None
    for scorer in (Scorer(path).attach(PACK), Scorer.from_bytes(path.read_bytes()).attach(PACK)):
        copy = pickle.loads(pickle.dumps(scorer))
        want = scorer.score(task.id, "warm air", reference)
        assert copy.score(task.id, "warm air", reference) == want
        (name,) = scorer.about().packs
        assert pickle.loads(pickle.dumps(scorer.detach(name))).about() == Scorer(path).about()

    small = pickle.loads(pickle.dumps(Scorer(path, max_answer_bytes=5)))
    with pytest.raises(pupil_scorer.TooLargeError):
        small.score(small.tasks()[0].id, "longer than five", reference)


def test_pickled_scorer_rejects_another_file_at_its_path(tmp_path: Path) -> None:
    path = tmp_path / "model.pupil"
    shutil.copy(MIXTURES, path)
    pickled = pickle.dumps(Scorer(path))
    shutil.copy(E_LSTM, tmp_path / "other.pupil")
    (tmp_path / "other.pupil").replace(path)
    with pytest.raises(pupil_scorer.DamagedError, match="has the BLAKE3"):
        pickle.loads(pickled)


def test_metadata_and_tasks_of_a_model() -> None:
    with Scorer(MIND_CA) as scorer:
        about = scorer.about()
        assert about.file_bytes == MIND_CA.stat().st_size and len(about.blake3) == 64
        assert about.licence and about.attribution and about.variants
        (task,) = [task for task in scorer.tasks() if task.id == BURGLAR]
        assert task.points == (0, 1, 2) and [label.name for label in task.labels] == ["0", "1", "2"]
        assert not task.needs_reference and not any(label.unseen for label in task.labels)
    with Scorer(SCIENCE) as scorer:
        assert scorer.tasks()[0].needs_reference and scorer.tasks()[0].points is None


def test_decisions_have_the_names_and_numbers_of_every_language() -> None:
    names = ["too-short", "other-language", "gibberish", "unknown-words", "repetition", "copied-question"]
    names += ["near-reference", "off-topic", "word-list", "truncated", "unseen-label", "low-confidence"]
    names += ["no-promise", "audit"]
    assert [Decision(code).reason for code in range(15)] == [None, *names]
    assert [str(Decision(code)) for code in (0, 5)] == ["automatic", "review: repetition"]
    # A reason of a later engine must not appear as one of the known reasons.
    assert Decision(255) is Decision.REVIEW_OTHER and Decision.REVIEW_OTHER.reason == "other" and Decision.REVIEW_OTHER.needs_review
    assert not Decision.AUTOMATIC.needs_review and len(Decision) == 16
    with Scorer(E_LSTM) as scorer:
        answer = "warm warm warm warm warm warm"
        score = scorer.score("balloons", answer)
        assert (score.repetitive, score.decision) == (True, Decision.REVIEW_REPETITION)
        assert scorer.score_batch("balloons", [answer, FEARED])[0] == score
