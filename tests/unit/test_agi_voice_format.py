"""The formats in which Asterisk hands over the caller's voice, against the decoding tables of ITU-T G.711."""

import struct

import pytest

from ivr_service.agi.voice_format import decode_alaw, decode_ulaw, decoder

# Code and sample, of the two standard companding tables (16-bit scale).
ULAW = [
    (0xFF, 0),
    (0x7F, 0),
    (0x80, 32124),
    (0x00, -32124),
    (0xFE, 8),
    (0x7E, -8),
    (0xE0, 372),
    (0x0F, -16764),
]
ALAW = [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xD4, 24), (0xC5, 264), (0x45, -264)]


@pytest.mark.parametrize(("code", "sample"), ULAW)
def test_mu_law_is_decoded_by_its_table(code: int, sample: int) -> None:
    assert struct.unpack("<h", decode_ulaw(bytes([code]))) == (sample,)


@pytest.mark.parametrize(("code", "sample"), ALAW)
def test_a_law_is_decoded_by_its_table(code: int, sample: int) -> None:
    assert struct.unpack("<h", decode_alaw(bytes([code]))) == (sample,)


@pytest.mark.parametrize("name", ["ulaw", "alaw"])
def test_every_code_has_its_own_sample_and_both_signs_are_alike(name: str) -> None:
    decode = decoder(name)
    assert decode is not None
    samples = struct.unpack("<256h", decode(bytes(range(256))))
    assert sorted(samples) == sorted(-sample for sample in samples)
    assert len(set(samples)) == (255 if name == "ulaw" else 256)  # mu-law has two zeros


def test_linear_voice_is_left_as_it_is_and_an_unknown_format_has_no_decoder() -> None:
    linear = decoder("slin")
    assert linear is not None
    assert linear(b"\x01\x02\x03\x04") == b"\x01\x02\x03\x04"
    for name in ("slin16", "g722", "gsm", "opus", "", "ULAW"):
        assert decoder(name) is None
