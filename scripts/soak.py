"""Kill, freeze and lie to a whole private installation at random, then hold what it claims against what happened.

The last line on standard output is one JSON object:

    operations        that reach a provider (checks are counted apart)
    kills, freezes    SIGKILLs and SIGSTOPs that hit something
    doubles           operations with more than one effect, or confirmations with more than one operation
    lost              operations or acknowledged versions that vanished, that claim an effect which is not there, or
                      that never came to an end
    wrong_claims      shown as not done where it was done, or other bytes than were confirmed
    unknown_settled   operations whose answer was lost and that know what became of it by now
    unknown_open      those that wait for a person, or still look
    longest_settle_s  from the confirmation to the end of an operation, at most
    seed, …

It ends with 1 if anything was doubled, lost or wrong, with 2 if it could not run. What was planned and done then stays
in a directory that is named on standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rig.installation import NotReady, Unavailable  # noqa: E402  (importable from here on)
from rig.soak.run import Options, soak, write_findings  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run the soak, print its figures, and return the exit code."""
    given = read(arguments)
    if given.model:
        return play(given.model, given.seed)
    directory = given.directory or Path(tempfile.mkdtemp(prefix="splitdesk-soak-"))
    keep = given.directory is not None
    seed = random.randrange(10**6) if given.seed is None else given.seed
    options = Options(seed, given.seconds, given.kills, given.workers, given.database, sabotage=given.sabotage)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        figures = soak(directory, options)
    except (Unavailable, NotReady) as missing:
        print(f"The soak cannot run: {missing}", file=sys.stderr)
        return 2
    findings, odd = figures.pop("findings"), figures.pop("odd")
    for sentence in odd[:20]:
        print(f"odd: {sentence}", file=sys.stderr)  # what people met that they should not have, with no harm done
    sentences = [f"{kind}: {line}" for kind, lines in findings.items() for line in lines]
    for sentence in sentences[:50]:
        print(sentence, file=sys.stderr)
    if sentences or keep:
        write_findings(directory / "findings.json", {**figures, "findings": findings, "odd": odd})
        print(f"Planned and done actions, findings and logs are kept in {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps(figures))
    return 1 if sentences else 0


def play(games: int, seed: int | None) -> int:
    """The long form of the model test, 50 steps a game. Returns pytest's exit code."""
    environment = {**os.environ, "MODEL_EXAMPLES": str(games), "MODEL_STEPS": "50"}
    environment |= {"MODEL_SEED": str(seed)} if seed else {}
    command = [sys.executable, "-m", "pytest", "--quiet", "tests/test_model.py", "-k", "whatever"]
    return subprocess.call(command, cwd=ROOT, env=environment)


def read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=None, help="the same seed plans the same; default: a new one")
    parser.add_argument("--seconds", type=float, default=300.0, help="of trouble; quiet minutes follow (default: 300)")
    parser.add_argument("--kills", type=int, default=0, help="end the trouble after so many kills instead")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--directory", type=Path, default=None, help="keep logs, data and the trace there")
    parser.add_argument("--sabotage", choices=["double", "lost"], default="", help="to see that it would be found")
    parser.add_argument("--model", type=int, default=0, metavar="GAMES", help="play the model test so often instead")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
