"""The settings page: every member may look, only admins may change, and each change is written down."""

from datetime import time

import pytest

from workspaces.models import AuditEntry, Workspace

ADDRESS = "/w/marlow/settings/"


def change(client, **values):
    return client.post(ADDRESS, values)


def test_every_member_sees_all_sections(visit, vera, workspace):
    page = visit(vera).get(ADDRESS).text
    for section in ("connections", "members", "rules", "zone", "quiet", "activity"):
        assert f'<section class="section" id="{section}">' in page
    assert "Berlin time" in page
    assert "vera@example.com" in page


def test_a_viewer_finds_nothing_to_press(visit, alice, vera):
    changing = ('name="change"', "Send invitation", "Set role", "Add a connection")
    page, admins = visit(vera).get(ADDRESS).text, visit(alice).get(ADDRESS).text
    assert [words for words in changing if words in page] == []
    assert [words for words in changing if words in admins] == list(changing)


@pytest.mark.parametrize("who", ["paula", "bob", "vera"])
@pytest.mark.parametrize(
    "values",
    [{"change": "stop"}, {"change": "undo_window", "minutes": "9"}, {"change": "time_zone", "time_zone": "UTC"}],
)
def test_only_admins_change_anything(request, visit, workspace, who, values):
    assert change(visit(request.getfixturevalue(who)), **values).status_code == 403
    workspace.refresh_from_db()
    assert (workspace.is_sending_stopped, workspace.undo_window, workspace.time_zone) == (False, 300, "Europe/Berlin")


@pytest.mark.parametrize("minutes", [1, 9, 60])
def test_an_admin_sets_the_undo_window(visit, alice, workspace, minutes):
    assert change(visit(alice), change="undo_window", minutes=minutes).headers["Location"] == f"{ADDRESS}#rules"
    workspace.refresh_from_db()
    assert workspace.undo_window == minutes * 60
    entry = AuditEntry.objects.get()
    assert entry.action == "undo_window.change"
    assert entry.data == {"from": {"undo_window": 300}, "to": {"undo_window": minutes * 60}}


@pytest.mark.parametrize("minutes", ["0", "61", "-5", "1.5", "", "NaN", "1e3", "9" * 400])
def test_an_undo_window_outside_1_to_60_minutes_is_refused(visit, alice, workspace, minutes):
    response = change(visit(alice), change="undo_window", minutes=minutes)
    assert response.status_code == 422
    assert "id_minutes_error" in response.text
    workspace.refresh_from_db()
    assert workspace.undo_window == 300


def test_stopping_all_sending_is_seen_on_every_page(visit, alice, vera, workspace):
    notice = "Sending is stopped in this workspace."
    assert notice not in visit(vera).get(ADDRESS).text
    change(visit(alice), change="stop")
    assert notice in visit(vera).get(ADDRESS).text
    change(visit(alice), change="resume")
    assert notice not in visit(vera).get(ADDRESS).text
    assert [entry.action for entry in AuditEntry.objects.order_by("number")] == ["sending.stop", "sending.resume"]


def test_stopping_twice_is_written_down_once(visit, alice, workspace):
    client = visit(alice)
    change(client, change="stop")
    change(client, change="stop")
    assert AuditEntry.objects.count() == 1


def test_an_admin_sets_the_time_zone(visit, alice, workspace):
    change(visit(alice), change="time_zone", time_zone="Asia/Tokyo")
    workspace.refresh_from_db()
    assert workspace.time_zone == "Asia/Tokyo"
    assert "Tokyo time" in visit(alice).get(ADDRESS).text


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "Europe/Berlin\x00"])
def test_a_zone_that_does_not_exist_is_refused(visit, alice, workspace, zone):
    assert change(visit(alice), change="time_zone", time_zone=zone).status_code == 422
    workspace.refresh_from_db()
    assert workspace.time_zone == "Europe/Berlin"


def test_an_admin_sets_quiet_hours_and_takes_them_away(visit, alice, bob, workspace):
    hours = {"change": "quiet_hours", "quiet_from": "21:00", "quiet_until": "08:00"}
    assert change(visit(bob), **hours).status_code == 403
    assert change(visit(alice), **hours).headers["Location"] == f"{ADDRESS}#quiet"
    workspace.refresh_from_db()
    assert (workspace.quiet_from, workspace.quiet_until) == (time(21), time(8))
    entry = AuditEntry.objects.get()
    assert entry.action == "quiet_hours.change"
    assert entry.data["to"] == {"quiet_from": "21:00", "quiet_until": "08:00"}
    page = visit(bob).get(ADDRESS).text
    assert "changed the quiet hours" in page
    assert "from none to 21:00–08:00" in page
    change(visit(alice), change="quiet_hours", quiet_from="", quiet_until="")
    workspace.refresh_from_db()
    assert workspace.quiet_from is None


@pytest.mark.parametrize(
    ("begin", "end"), [("21:00", ""), ("", "08:00"), ("08:00", "08:00"), ("25:00", "08:00"), ("x\0", "08:00")]
)
def test_half_of_the_quiet_hours_is_refused(visit, alice, workspace, begin, end):
    response = change(visit(alice), change="quiet_hours", quiet_from=begin, quiet_until=end)
    assert response.status_code == 422
    assert 'class="error"' in response.text
    workspace.refresh_from_db()
    assert workspace.quiet_from is None


@pytest.mark.parametrize(
    ("begin", "end", "clock", "is_quiet"),
    [
        (time(21), time(8), time(21), True),
        (time(21), time(8), time(7, 59), True),
        (time(21), time(8), time(8), False),
        (time(12), time(14), time(13), True),
        (time(12), time(14), time(14), False),
        (None, None, time(3), False),
    ],
)
def test_quiet_hours_may_pass_midnight(begin, end, clock, is_quiet):
    assert Workspace(quiet_from=begin, quiet_until=end).is_quiet_at(clock) is is_quiet


def test_a_change_that_nobody_offers_does_nothing(visit, alice, workspace):
    before = Workspace.objects.values().get()
    assert change(visit(alice), change="slug", slug="mine").status_code == 422
    assert Workspace.objects.values().get() == before
    assert not AuditEntry.objects.exists()


@pytest.fixture
def deeds(workspace, alice):
    for number in range(45):
        AuditEntry.record(workspace, "sending.stop" if number % 2 else "sending.resume", by=alice)


def test_the_activity_shows_the_newest_first_page_by_page(visit, vera, deeds):
    seen, before = [], ""
    while True:
        response = visit(vera).get(ADDRESS, {"before": before} if before else {})
        seen += [entry.number for entry in response.context["entries"]]
        before = response.context["older_than"]
        if before is None:
            break
    assert seen == list(range(45, 0, -1))


def test_older_activity_comes_as_a_part_of_the_page(visit, vera, deeds):
    headers = {"HX-Request": "true", "HX-Target": "section#activity"}
    part = visit(vera).get(ADDRESS, {"before": "20"}, headers=headers).text
    assert part.lstrip().startswith('<section class="section" id="activity">')
    assert part.count("<tr>") == 1 + 19
    assert "Alice</b> stopped all sending" in part


@pytest.mark.parametrize("before", ["abc", "-1", "٣", "9" * 30, "1;DROP"])
def test_a_made_up_place_in_the_activity_shows_the_newest(visit, vera, deeds, before):
    response = visit(vera).get(ADDRESS, {"before": before})
    assert response.context["entries"][0].number == 45


def test_the_activity_of_another_workspace_is_not_shown(visit, vera, charlie, elsewhere, deeds):
    AuditEntry.record(elsewhere, "connection.add", by=charlie)
    assert "Charlie" not in visit(vera).get(ADDRESS).text
    assert "Charlie" in visit(charlie).get("/w/halden/settings/").text


def test_the_number_of_queries_does_not_grow_with_members(
    visit, alice, member, workspace, django_assert_max_num_queries
):
    for number in range(12):
        member(f"Person{number}", workspace, "viewer")
    client = visit(alice)
    with django_assert_max_num_queries(12):
        client.get(ADDRESS)
