"""Errors on a page are sentences in the words of the page."""

from __future__ import annotations

import pytest

from ganlab.config import parse_config
from ganlab.errors import ConfigError
from ganlab.ui.sentences import as_sentence


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("lr_g must be greater than 0, got 0.0", "Learning rate of G must be greater than 0, got 0.0."),
        ("classes names 'x', which is none", "Classes names “x”, which is none."),
        ("there is no run 'old'", "There is no run “old”."),
        (
            "conditional is true, but dataset 'moons' has no classes: choose another",
            "Class-conditional is true, but dataset “moons” has no classes: choose another.",
        ),
        ("batch 3 has more than batch_size examples", "Batch 3 has more than batch size examples."),
        ("no file 'max_steps.json' here", "No file “max_steps.json” here."),
        ("D doesn't learn, and G's loss isn't finite", "D doesn't learn, and G's loss isn't finite."),
        ("mine.safetensors is damaged", "mine.safetensors is damaged."),
        ("did you mean 'hinge'?", "Did you mean “hinge”?"),
        ('unknown name "a\'b"', "Unknown name “a'b”."),
    ],
)
def test_a_sentence_begins_large_quotes_as_people_do_and_names_what_stands_on_the_page(said: str, shown: str) -> None:
    assert as_sentence(said) == shown


def test_a_refused_setting_is_named_as_on_the_page() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config({"batch_size": 0})
    assert as_sentence(refused.value).startswith("Batch size must be ")
