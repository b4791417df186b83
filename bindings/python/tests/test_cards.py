"""The cards of models, as a hub reads them: their first lines, in YAML."""

import re
from pathlib import Path

import pytest
from huggingface_hub import ModelCard, ModelCardData

ROOT = Path(__file__).parents[3]

CARDS = sorted(ROOT.glob("models/*/card.md"))

# The trainer writes these lines, which its own tests compare.
WRITTEN = ROOT / "trainer/tests/fixtures/front-matter.md"


def read(path: Path) -> tuple[ModelCardData, str]:
    """The lines and the text of a card. Reading fails where a result lacks a part."""
    card = ModelCard.load(path, ignore_metadata_errors=False)
    return card.data, card.text


def test_every_model_has_a_card() -> None:
    models = sorted(path.parent for path in ROOT.glob("models/*/*.pupil"))
    assert models and models == [path.parent for path in CARDS]


@pytest.mark.parametrize("path", [*CARDS, WRITTEN], ids=lambda path: path.parent.name)
def test_hub_reads_what_the_card_says(path: Path) -> None:
    data, _ = read(path)
    assert data.library_name == "pupil"
    assert data.pipeline_tag in {"text-classification", "tabular-classification"}
    assert isinstance(data.language, list) and all(re.fullmatch("[a-z]{2,3}", code) for code in data.language)
    assert isinstance(data.license, str) and data.license == data.license.lower()
    assert (data.license == "other") == bool(data.license_name)
    assert data.tags is not None and len(data.tags) == len(set(data.tags)) and "pupil" in data.tags
    assert data.eval_results
    for result in data.eval_results:
        assert 0 < result.metric_value < 1, result
    assert data.metrics == sorted({result.metric_type for result in data.eval_results})
    # Nothing is lost where the hub's own library writes the card again.
    again = ModelCard(f"---\n{data.to_yaml()}\n---\n", ignore_metadata_errors=False)
    assert again.data.to_yaml() == data.to_yaml()


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_data_sets_of_the_index_are_credited_by_the_card(path: Path) -> None:
    data, text = read(path)
    names = data.datasets or []
    # Both of the science questions are on the hub, MIND-CA is not, and the students of `practice` are simulated.
    assert bool(names) == (path.parent.name == "science"), path
    for name in names:
        assert re.fullmatch(r"[\w-]+/[\w-]+", name), name
        assert re.search(rf"\b{name.split('/')[1].replace('_', '')}\b", text, re.IGNORECASE), name


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_figures_of_the_index_are_those_of_the_tables(path: Path) -> None:
    data, text = read(path)
    assert data.model_name == path.parent.name and text.lstrip().startswith(f"# {data.model_name}\n")
    assert data.eval_results
    splits = {str(result.dataset_split) for result in data.eval_results}
    for result in data.eval_results:
        assert result.metric_name is not None
        name = str(result.metric_name).split(", mean over")[0]
        if result.task_type == "tabular-classification":
            table = text.split("## On true histories", 1)[1]
            name, system, shown = {"area under the curve": "AUC"}.get(name, name), "file", f"{result.metric_value:.4f}"
        else:
            table = text.split(f"**mean over tasks of every metric, {result.dataset_split} (x 100)**", 1)[1]
            system, shown = "pupil, int8", f"{100 * result.metric_value:.1f}"
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line]
        row = next(row for row in rows if row[0] == system)
        assert row[rows[0].index(name)] == shown, (result.dataset_split, name)
    # No test set of the card is left out of the index.
    assert len(splits) == max(1, text.count("**mean over tasks of every metric"))


def test_a_card_without_a_part_of_a_result_is_refused() -> None:
    lines = WRITTEN.read_text(encoding="utf-8")
    broken = re.sub(r"      value: 0.8519\n", "", lines)
    assert broken != lines
    with pytest.raises((KeyError, TypeError, ValueError)):
        ModelCard(broken, ignore_metadata_errors=False)


def test_names_in_the_index_are_texts() -> None:
    # `no` without quotes is false in YAML, and Norwegian on the hub.
    data, _ = read(WRITTEN)
    assert data.language == ["no"] and data.datasets == ["someone/answers"]
    assert data.tags is not None and data.tags[-1] == '"quoted": yes'
