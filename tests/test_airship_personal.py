"""Personalised texts: what they ask for, and how one person reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.airship.personal import read_for, variables, without_words

INES = {"first_name": "Ines", "city": "Berlin"}


@pytest.mark.parametrize(
    ("text", "for_ines", "for_nobody"),
    [
        ("Run!", "Run!", "Run!"),
        ("Hi {{first_name}}.", "Hi Ines.", "Hi ."),
        ("Hi {{ first_name }} / {{{first_name}}}.", "Hi Ines / Ines.", "Hi  / ."),
        ('Hi {{$def first_name "there"}}.', "Hi Ines.", "Hi there."),
        ("Hi {{$def first_name 'there'}}.", "Hi Ines.", "Hi there."),
        ("{{#if first_name}}Hi {{first_name}}{{else}}Hi there{{/if}}!", "Hi Ines!", "Hi there!"),
        ("{{#if first_name}}Hi {{first_name}}{{/if}}!", "Hi Ines!", "!"),
        ("{{#unless city}}Where are you?{{/unless}}", "", "Where are you?"),
        ('{{#eq city "Berlin"}}Servus{{else}}Hello{{/eq}}', "Servus", "Hello"),
        ("{{#if a}}1{{#if first_name}}2{{else}}3{{/if}}{{else}}4{{#if city}}5{{/if}}{{/if}}", "45", "4"),
        ("{{#if first_name}}never closed", "{{#if first_name}}never closed", "{{#if first_name}}never closed"),
        ("{{/if}} {{else}}", "{{/if}} {{else}}", "{{/if}} {{else}}"),
        ("{{#each runs}}x{{/each}}", "{{#each runs}}x{{/each}}", "{{#each runs}}x{{/each}}"),
        ("{{}} {{ }} { first_name }", "{{}} {{ }} { first_name }", "{{}} {{ }} { first_name }"),
        ("مرحبا {{first_name}} 👩‍👩‍👧", "مرحبا Ines 👩‍👩‍👧", "مرحبا  👩‍👩‍👧"),
    ],
)
def test_a_text_reads_as_its_person_would_read_it(text, for_ines, for_nobody):
    assert read_for(text, INES) == for_ines
    assert read_for(text, {}) == for_nobody


@pytest.mark.parametrize(
    ("text", "asked", "bare"),
    [
        ("Run!", (), ()),
        ("{{a}} {{b}} {{a}}", ("a", "b"), ("a", "b")),
        ('{{$def a "x"}} {{b}}', ("a", "b"), ("b",)),
        ("{{#if a}}{{a}} {{b}}{{else}}{{a}}{{/if}}", ("a", "b"), ("b", "a")),
        ("{{#unless a}}{{a}}{{else}}{{a}}{{/unless}}", ("a",), ("a",)),
        ("{{#eq a 'x'}}{{a}}{{/eq}}", ("a",), ()),
        ("{{#each a}}{{b}}{{/each}}", ("b",), ("b",)),
    ],
)
def test_values_are_named_and_those_without_words_are_found(text, asked, bare):
    assert variables(text) == asked
    assert without_words(text) == bare


@given(st.text(st.sampled_from("{}#/ifels a\"'$d"), max_size=60), st.dictionaries(st.just("a"), st.text(max_size=3)))
def test_nothing_breaks_it(text, values):
    read_for(text, values)
    assert set(without_words(text)) <= set(variables(text))
    if "{{" not in text:
        assert read_for(text, values) == text


def test_depth_is_no_trap():
    deep = "{{#if a}}" * 2000 + "x" + "{{/if}}" * 2000
    assert "x" in read_for(deep, {"a": "1"})
