"""What somebody pastes from Qonversion's API, made into tests: an experiment, or an answer with one or several."""

from experiments.providers.qonversion.document import from_remote
from experiments.providers.shapes import Json, Pasted


def tests_in(value: Json) -> list[Pasted]:
    """Every test in a pasted object, in its order. ValueError with a sentence where there is none."""
    listed = value.get("data")
    items = listed if isinstance(listed, list) else [listed if isinstance(listed, dict) else value]
    tests = [item for item in items if isinstance(item, dict) and ("groups" in item or "name" in item)]
    if not tests:
        raise ValueError("This is JSON, but nothing in it looks like a paywall test of Qonversion.")
    return [Pasted(from_remote(test)) for test in tests]
