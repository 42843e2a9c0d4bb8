"""A lost answer under every position of every switch: never two, and settled right or left to a person."""

import pytest

from experiments import ledger
from experiments.models import State
from sandbox.switches import CHOICES, NUMBERS
from tests.looks import lost, settle

# A number at which the switch bites.
BITING = {"listing_lag_seconds": 470, "description_cut": 30, "maximum_lead_days": 1, "name_limit": 8}
POSITIONS: list[tuple[str, object]] = [(name, word) for name, words in CHOICES.items() for word in words[1:]]
POSITIONS += [(name, BITING.get(name, 20)) for name in NUMBERS]
# Without our reference in the lists nobody but a person can tell.
LEFT_TO_A_PERSON = {("description", "cut"), ("description", "dropped"), ("description_cut", 30)}
# Refuses these bytes, but not for their time: that says nothing about a late copy. The first takes it even now.
NO_PROOF = {("past_schedule", "accept"), ("body_limit", 20), ("name_limit", 8), ("description_limit", 20)}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "position"), POSITIONS, ids=lambda value: str(value))
def test_a_lost_answer_ends_well_whatever_the_provider_does(confirmed, draft, sandbox, passing, name, position, when):
    operation = confirmed(draft)
    if name == "description_cut":
        sandbox.switch("description", "cut")
    sandbox.switch(name, position)
    lost(sandbox, operation, when)
    settle(passing, operation)
    created = sandbox.effects(kind="created")
    assert len(created) <= 1
    if operation.state == State.SUCCEEDED:
        assert [effect.experiment_id for effect in created] == [operation.remote_id]
    elif operation.state == State.NOT_APPLIED:
        assert not created
    else:
        assert operation.state == State.NEEDS_PERSON
        assert "othing was sent" not in ledger.sentence(operation)
        assert (name, position) in (LEFT_TO_A_PERSON if created else NO_PROOF)


def test_with_no_switch_moved_it_is_found_or_proven_absent(confirmed, write, sandbox, passing):
    for when, state in (("after", State.SUCCEEDED), ("before", State.NOT_APPLIED)):
        operation = lost(sandbox, confirmed(write(name=when)), when)
        assert settle(passing, operation).state == state
    assert len(sandbox.effects(kind="created")) == 1
