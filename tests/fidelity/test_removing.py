"""No rule of the sandbox can be taken out without a test that names its behaviour failing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.fidelity.removing import check
from tests.fidelity.services import EVERY_MUTATION, named
from tests.fidelity.table import Mutation

SAMPLE = random.Random(6).sample(EVERY_MUTATION, 2)


@pytest.mark.parametrize("of", SAMPLE, ids=named)
def test_a_sample_of_the_rules_is_missed(of: tuple[str, Mutation]) -> None:
    noticed, told = check(*of)
    assert noticed, told


@pytest.mark.slow
@pytest.mark.parametrize("of", EVERY_MUTATION, ids=named)
def test_a_rule_that_is_taken_out_is_missed(of: tuple[str, Mutation]) -> None:
    noticed, told = check(*of)
    assert noticed, told


LOCK = next(of for of in EVERY_MUTATION if of[1].rule == "a record that moved is not written")


def test_what_changes_nothing_goes_without_notice() -> None:
    service, mutation = LOCK
    noticed, told = check(service, replace(mutation, new=mutation.old))
    assert not noticed
    assert "pass all the same" in told


@pytest.mark.parametrize(("new", "word"), [("if no_such_name:", "broke"), ("if (:", "cannot be collected")])
def test_what_only_breaks_does_not_count(new: str, word: str) -> None:
    service, mutation = LOCK
    noticed, told = check(service, replace(mutation, new=new))
    assert not noticed
    assert word in told
