"""How long the front end takes to its first AGI command, against a bare script; and its memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 40
MOST_RATIO = 4.0
MOST_MEGABYTES = 14.0

_PYTHON = "/usr/bin/python3"
_SCRIPT = Path(__file__).parents[1] / "agi-bin" / "feature-menu.eagi"
_ENVIRONMENT = b"agi_request: bench\nagi_callerid: 500\nagi_extension: 12125551234\nagi_enhanced: 0.0\n\n"
_BARE = """
import sys
while sys.stdin.readline().strip():
    pass
sys.stdout.write('GET VARIABLE "IVR_MAILBOX"\\n')
sys.stdout.flush()
sys.stdin.readline()
"""


def main() -> int:
    """Measure both in turn, print the medians, their ratio and the memory; 0 when both aims are met."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        bare = place / "bare.py"
        bare.write_text(_BARE)
        configuration = _write_configuration(place)
        bare_times: list[float] = []
        front_end_times: list[float] = []
        megabytes: list[float] = []
        for _ in range(ROUNDS):
            bare_times.append(_start([str(bare)], configuration)[0])
            took, memory = _start([str(_SCRIPT), "callback"], configuration)
            front_end_times.append(took)
            megabytes.append(memory)
    return _print_results(bare_times, front_end_times, megabytes)


def _print_results(bare: list[float], front_end: list[float], megabytes: list[float]) -> int:
    bare_ms, front_end_ms = (statistics.median(times) * 1000 for times in (bare, front_end))
    ratio, memory = front_end_ms / bare_ms, statistics.median(megabytes)
    print(f"bare python3 -I -S script  {bare_ms:6.1f} ms to its first command (median of {ROUNDS})")
    print(f"front end                  {front_end_ms:6.1f} ms")
    print(f"ratio                      {ratio:6.2f}    (aim: at most {MOST_RATIO})")
    print(f"front end's memory         {memory:6.1f} MB resident (aim: under {MOST_MEGABYTES})")
    return 0 if ratio <= MOST_RATIO and memory < MOST_MEGABYTES else 1


def _write_configuration(place: Path) -> Path:
    (place / "token").write_text("a-token-for-the-bench\n")
    configuration = place / "front-end.conf"
    configuration.write_text(
        f"socket={place}/none.sock\ntoken_file={place}/token\nprompts={place}\napology=apology\n"
    )
    return configuration


def _start(script: list[str], configuration: Path) -> tuple[float, float]:
    """Return the seconds from starting the process to its first command, and its resident megabytes then."""
    before = time.perf_counter()
    with subprocess.Popen(
        [_PYTHON, "-I", "-S", *script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"IVR_FRONT_END_CONF": str(configuration)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        os.write(process.stdin.fileno(), _ENVIRONMENT)
        first = os.read(process.stdout.fileno(), 4096)
        took = time.perf_counter() - before
        assert first == b'GET VARIABLE "IVR_MAILBOX"\n', first
        memory = _resident_megabytes(process.pid)
        process.stdin.close()
        process.stdout.read()
    return took, memory


def _resident_megabytes(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    sys.exit(main())
