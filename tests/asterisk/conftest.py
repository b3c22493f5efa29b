"""Every test here runs on each Asterisk version, with one PBX and one service for all tests of a version."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.kit.pbx import FRONT_END, Office
from tests.asterisk.kit.prompts import copy_prompts
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.site import (
    CONFERENCE_MAILBOXES,
    LIMITED_MAILBOXES,
    OPEN_MAILBOXES,
    PIN_MAILBOXES,
)
from tests.asterisk.kit.tree import VERSIONS, tree


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda version: f"asterisk-{version}")
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def run_dir(version: str) -> Iterator[Path]:
    """Give a directory with a short name: a Unix socket's path may have 107 characters at most."""
    path = Path(tempfile.mkdtemp(prefix=f"ivr-{version}-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def running_office(version: str, run_dir: Path) -> Iterator[Office]:
    asterisk = tree(version)
    if not asterisk.is_complete:
        pytest.fail("there is no Asterisk to test with; run tests/asterisk/fetch-asterisk first")
    office = Office(asterisk, run_dir, {"IVR_FRONT_END_CONF": str(run_dir / "front-end.conf")})
    office.open()
    yield office
    office.close()


@pytest.fixture
def office(running_office: Office) -> Iterator[Office]:
    """Give the PBX with nothing going on, and the project's own front end in its place."""
    running_office.install_front_end(FRONT_END)
    yield running_office
    running_office.reset()
    running_office.server.wait_until_idle()


@pytest.fixture(scope="session")
def running_service(run_dir: Path) -> Iterator[ServiceProcess]:
    service = ServiceProcess(run_dir)
    copy_prompts(service.site, service.state)
    yield service
    service.stop()


@pytest.fixture
def service(running_service: ServiceProcess, office: Office) -> ServiceProcess:
    """Give the service, running; a test may stop or kill it."""
    running_service.start()
    return running_service


@pytest.fixture(scope="session")
def fresh_mailboxes(version: str) -> Iterator[str]:
    return iter(OPEN_MAILBOXES)


@pytest.fixture(scope="session")
def fresh_limited_mailboxes(version: str) -> Iterator[str]:
    return iter(LIMITED_MAILBOXES)


@pytest.fixture(scope="session")
def fresh_pin_mailboxes(version: str) -> Iterator[str]:
    return iter(PIN_MAILBOXES)


@pytest.fixture
def mailbox(fresh_mailboxes: Iterator[str]) -> str:
    """Give a mailbox that no other test has used, so that no limit is half used up. It needs no PIN."""
    return next(fresh_mailboxes)


@pytest.fixture(scope="session")
def fresh_conference_mailboxes(version: str) -> Iterator[str]:
    return iter(CONFERENCE_MAILBOXES)


@pytest.fixture
def conference_mailbox(fresh_conference_mailboxes: Iterator[str]) -> str:
    """Give a mailbox that may bring people into its calls, record them, and let a colleague listen."""
    return next(fresh_conference_mailboxes)


@pytest.fixture
def limited_mailbox(fresh_limited_mailboxes: Iterator[str]) -> str:
    """Give a mailbox that may make one call an hour."""
    return next(fresh_limited_mailboxes)


@pytest.fixture
def pin_mailbox(fresh_pin_mailboxes: Iterator[str], service: ServiceProcess) -> str:
    """Give a mailbox whose PIN is PIN."""
    mailbox = next(fresh_pin_mailboxes)
    service.set_pin(mailbox)
    return mailbox
