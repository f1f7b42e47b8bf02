from __future__ import annotations

from pathlib import Path

from harness.model import MODELS, document

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
ANEW = (
    'docs/models.md is stale; write it anew: python -c "from harness.model import *; '
    "open('docs/models.md', 'w').write(document(MODELS.values()))\""
)


def test_the_page_is_what_the_models_say():
    assert PAGE.read_text(encoding="utf-8") == document(MODELS.values()), ANEW


def test_every_model_names_its_source_and_says_what_it_is_about():
    for name, model in MODELS.items():
        assert model.name == name
        assert model.formula
        assert model.source
        assert model.about
