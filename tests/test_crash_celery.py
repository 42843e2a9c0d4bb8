"""The same deaths inside of real Celery workers with real Redis, from the click to the receipt: some of them."""

import pytest

from rig.servers import wait_for
from tests.installations import installed

pytestmark = pytest.mark.crash

# Where the process dies, and how often the provider has the test at the end: all but the one in the gap are found or
# taken again; that one waits for its fence, which is minutes away.
POINTS = {
    "claim_after_commit": ("succeeded", 1),
    "wire_after_commit": ("unknown", 0),
    "after_last_byte": ("succeeded", 1),
    "record_after_commit": ("succeeded", 1),
}


@pytest.fixture(scope="module")
def it(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("celery"), workers=1) as it:
        it.driver.make_world(3600)
        yield it


@pytest.mark.parametrize("point", POINTS)
def test_a_task_that_dies_is_neither_lost_nor_done_twice(it, tmp_path, point):
    draft = it.driver.write(name=point)
    check = it.driver.propose(draft)
    it.driver.wait_for(check, "succeeded")
    it.workers[0].kill()
    sent = it.driver.confirm(check)
    it.workers[0].start(FAILPOINTS=f"{point}=exit", FAILPOINTS_ONCE=str(tmp_path))
    wait_for((tmp_path / point).exists, f"a worker has come to {point}")
    # The lease ends a minute later; here it ends at once.
    it.driver.execute("Operation.objects.filter(pk=pk, finished_at=None).update(lease_until=timezone.now())", pk=sent)
    state, count = POINTS[point]
    row = it.driver.wait_for(sent, state)
    made = [effect for effect in it.sandbox.ledger("created") if row["marker"] in effect["description"]]
    assert len(made) == count
    assert it.workers[0].is_running
