"""The split: shares that add up, many variants, and shares that hardly anybody gets."""

from tests.editor_form import Editor

MESSAGE = {"notification": {"alert": "a"}}


def weighted(*weights):
    return [{"name": f"V{weight}", "push": MESSAGE, "weight": weight} for weight in weights]


def test_three_equal_variants_add_up_to_a_hundred(write, visit, bob):
    page = Editor(visit(bob), write(variants=weighted(1, 1, 1), control=0)).html
    assert [f">{share} %</td>" in page for share in ("33.4", "33.3", "0.0", "100.0")] == [True] * 4


def test_a_share_below_one_in_a_hundred_is_told(write, visit, bob):
    words = "Fewer than 1 in 100 people get B."
    assert words in Editor(visit(bob), write(variants=weighted(1000, 1))).html
    assert words not in Editor(visit(bob), write(variants=weighted(50, 1))).html


def test_shares_follow_a_weight_without_a_new_page(write, visit, bob):
    page = Editor(visit(bob), write(variants=weighted(1, 1), control=0))
    part = page.post({"/variants/0/weight": "3"}, htmx=True).text
    assert '#share-A" hx-swap="textContent">75.0 %' in part
    assert 'id="editor-body"' not in part


def test_26_variants_stand_in_two_columns(write, visit, bob):
    assert Editor(visit(bob), write(variants=weighted(*[1] * 26))).html.count('aria-label="Weights, part') == 2
    assert 'aria-label="Weights"' in Editor(visit(bob), write(variants=weighted(1, 1))).html


def test_a_weight_that_is_no_whole_number_is_told_at_its_field(write, visit, bob):
    draft = write(variants=weighted(1, 1))
    for typed in ("0", "-1", "1.5"):
        assert Editor(visit(bob), draft).post({"/variants/0/weight": typed}, htmx=True).status_code in (200, 422)
        draft.refresh_from_db()
        assert draft.problems >= 1, typed
    Editor(visit(bob), draft).post({"/variants/0/weight": "2"})
    draft.refresh_from_db()
    assert draft.problems == 0
