"""The site of the tests with a real Asterisk is a valid one, which is seen here without an Asterisk."""

from pathlib import Path

from ivr_service.config import load_settings
from tests.asterisk.kit.site import write_recording_options, write_site, write_survey_options


def test_the_site_of_the_real_calls_is_valid_with_all_its_options(tmp_path: Path) -> None:
    write_site(tmp_path)
    assert load_settings(tmp_path).settings.options.survey is not None
    write_survey_options(tmp_path, 'ask = "user"')
    assert load_settings(tmp_path).settings.options.survey is not None
    write_recording_options(tmp_path, 'layout = "stereo"')
    assert load_settings(tmp_path).settings.options.recording is not None
