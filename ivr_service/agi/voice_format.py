"""The caller's voice in the formats in which Asterisk hands it to a script.

At first that is always "slin" (agi_exec_full in res_agi.c). Dial makes the two sides compatible
(ast_channel_make_compatible in channel.c), and leaves the voice in the trunk's format when the talk is over:
ulaw, with half the bytes, on Asterisk 16 and 22.
"""

from collections.abc import Callable

Decode = Callable[[bytes], bytes]
"""Gives 16-bit little-endian samples, mono, 8 kHz. Any piece can be decoded without those before it."""


def decoder(asterisk_name: str) -> Decode | None:
    """What decodes the format of this name (CHANNEL(audioreadformat)); None for one that is not known."""
    return _DECODERS.get(asterisk_name)


def decode_ulaw(voice: bytes) -> bytes:
    """Decode mu-law (ITU-T G.711)."""
    return b"".join(map(_ULAW.__getitem__, voice))


def decode_alaw(voice: bytes) -> bytes:
    """Decode A-law (ITU-T G.711)."""
    return b"".join(map(_ALAW.__getitem__, voice))


def _unchanged(voice: bytes) -> bytes:
    return voice


def _ulaw_sample(code: int) -> bytes:
    code ^= 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << (code >> 4 & 0x07)) - 0x84
    return _sample(-magnitude if code & 0x80 else magnitude)


def _alaw_sample(code: int) -> bytes:
    code ^= 0x55
    segment, step = code >> 4 & 0x07, (code & 0x0F) << 4
    magnitude = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return _sample(magnitude if code & 0x80 else -magnitude)


def _sample(value: int) -> bytes:
    return value.to_bytes(2, "little", signed=True)


_ULAW = tuple(map(_ulaw_sample, range(256)))
_ALAW = tuple(map(_alaw_sample, range(256)))

_DECODERS: dict[str, Decode] = {"slin": _unchanged, "ulaw": decode_ulaw, "alaw": decode_alaw}
