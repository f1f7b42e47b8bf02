"""Every example in the language's reference loads, and every word of the language stands in it."""

import re
from pathlib import Path

import pytest

from harness.spec import check
from harness.spec.findings import SOURCE_MODELS
from harness.spec.steps import VERB_MODELS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "experiment-language.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) == TEXT.count("```yaml") >= 4


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.split("\n", 1)[0] for text in EXAMPLES])
def test_the_example_is_right(tmp_path, example):
    path = tmp_path / "example.yaml"
    path.write_text(example)
    assert [str(mistake) for mistake in check([str(path)])] == []


@pytest.mark.parametrize("word", [*VERB_MODELS, *SOURCE_MODELS])
def test_the_word_is_described_and_used(word):
    assert re.search(rf"^\| `{word}\b", TEXT, re.MULTILINE)
    assert any(re.search(rf"\{{{word}: ", example) for example in EXAMPLES)
