"""The office of the real calls as a whole, for benchmarks that make some."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.prompts import copy_prompts
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.tree import tree


@contextmanager
def running_office(version: str) -> Iterator[Office]:
    """An Asterisk of this version, a running service and phones; all stop and are deleted at the end."""
    run_dir = Path(tempfile.mkdtemp(prefix="ivr-bench-"))
    service = ServiceProcess(run_dir)
    copy_prompts(service.site, service.state)
    office = Office(tree(version), run_dir, {"IVR_FRONT_END_CONF": str(run_dir / "front-end.conf")})
    try:
        service.start()
        office.open()
        yield office
    finally:
        office.close()
        service.stop()
        shutil.rmtree(run_dir)
