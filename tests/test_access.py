"""Roles are a ladder, and a workspace does not exist for strangers."""

import pytest

from workspaces.access import find_membership, has_role
from workspaces.models import Role


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("needed", list(Role))
def test_each_role_allows_itself_and_what_is_below(role, needed):
    ladder = [Role.VIEWER, Role.EDITOR, Role.PUBLISHER, Role.ADMIN]
    assert role.allows(needed) is (ladder.index(role) >= ladder.index(needed))


def test_a_member_is_found_with_the_role(alice, workspace):
    assert find_membership(alice, "marlow").can_administer


def test_a_stranger_and_a_missing_workspace_look_alike(charlie, workspace):
    from django.http import Http404

    for slug in ("marlow", "nowhere"):
        with pytest.raises(Http404):
            find_membership(charlie, slug)


def test_a_worker_sees_a_lowered_role_at_once(paula, workspace):
    assert has_role(paula, workspace, Role.PUBLISHER)
    paula.memberships.update(role=Role.VIEWER)
    assert not has_role(paula, workspace, Role.PUBLISHER)


def test_a_worker_sees_a_disabled_person_as_nobody(paula, workspace):
    paula.is_active = False
    assert not has_role(paula, workspace, Role.VIEWER)
