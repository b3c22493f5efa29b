"""What whole-call tests share: a service in this process, on the example configuration."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr_service.config import load_settings
from ivr_service.policy.settings import SiteSettings
from ivr_service.prompting.voices import polished
from ivr_service.service.calls import CallService
from ivr_service.service.voices import VoiceFiles
from ivr_service.store.database import Database
from tests.fakes.catalogue_prompts import CataloguePrompts
from tests.fakes.clock import FakeClock

EXAMPLE = Path(__file__).parents[1] / "deploy" / "example"


@dataclass
class Site:
    """A site with everything real but the audio and the clock."""

    service: CallService
    database: Database
    clock: FakeClock
    settings: SiteSettings
    voices: Path


@pytest.fixture(scope="session")
def example_settings() -> SiteSettings:
    return load_settings(EXAMPLE).settings


@pytest.fixture(scope="session")
def catalogue_prompts() -> CataloguePrompts:
    return CataloguePrompts()


@pytest.fixture
def site(
    tmp_path: Path, example_settings: SiteSettings, catalogue_prompts: CataloguePrompts
) -> Iterator[Site]:
    database = Database(f"sqlite:///{tmp_path}/ivr.sqlite")
    database.migrate()
    clock = FakeClock()
    voices = tmp_path / "voices"
    service = CallService(
        database, lambda: example_settings, catalogue_prompts, clock, voices=VoiceFiles(voices, polished)
    )
    yield Site(service, database, clock, example_settings, voices)
    database.close()
