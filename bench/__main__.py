"""Runs every measurement, or those that are named: python -m bench [turns speech ...]."""

import importlib
import sys
from pathlib import Path

MEASUREMENTS = tuple(
    sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
)


def main(wanted: list[str]) -> int:
    unknown = sorted(set(wanted) - set(MEASUREMENTS))
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}.")
        return 1
    for name in wanted or MEASUREMENTS:
        module = importlib.import_module(f"bench.{name}")
        print(f"\n== {name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        module.main()
    return 0


sys.exit(main(sys.argv[1:]))
