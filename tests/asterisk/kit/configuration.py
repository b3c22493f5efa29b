"""The parts of Asterisk's configuration that every test server has in common."""

from pathlib import Path

from tests.asterisk.kit.tree import AsteriskTree

# Only what a call needs, in an order in which each finds what it depends on: starts in half a second.
_MODULES = (
    "res_timing_timerfd", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb",
    "res_pjproject", "res_pjsip", "res_pjsip_pubsub", "res_pjsip_session", "res_pjsip_sdp_rtp",
    "res_pjsip_rfc3326", "res_pjsip_caller_id", "res_pjsip_endpoint_identifier_ip", "res_pjsip_nat",
    "res_pjsip_header_funcs", "res_pjsip_acl", "res_pjsip_dtmf_info", "res_pjsip_diversion", "chan_pjsip",
    "res_rtp_asterisk", "res_musiconhold", "bridge_simple", "bridge_native_rtp", "bridge_holding",
    "bridge_builtin_features", "codec_ulaw", "codec_gsm", "codec_resample", "format_wav", "format_gsm",
    "format_pcm", "format_sln", "pbx_config", "app_dial", "app_playback", "app_verbose", "app_voicemail",
    "app_read", "app_exec", "app_stack", "app_system", "func_callerid", "func_channel", "func_logic",
    "func_strings", "func_timeout", "func_global", "func_dialplan", "func_env", "func_cut", "func_groupcount",
    "func_uri", "app_chanspy", "func_periodic_hook", "app_mixmonitor", "func_db", "app_originate",
    "bridge_builtin_interval_features", "bridge_softmix", "app_confbridge", "app_softhangup",
    "res_speech", "res_agi",
)  # fmt: skip

# Asterisk complains when these are missing, and works with nothing in them.
_EMPTY = (
    "udptl.conf", "cel.conf", "cdr.conf", "indications.conf", "ccss.conf", "extconfig.conf",
    "cli.conf", "stasis.conf", "confbridge.conf", "dsp.conf", "codecs.conf", "manager.conf", "http.conf",
)  # fmt: skip

_LOGGER = """\
[general]
dateformat=%T.%3q
[logfiles]
full => notice,warning,error,verbose(4),dtmf
"""


def fixed_files(tree: AsteriskTree, run_dir: Path, sip_port: int) -> dict[str, str]:
    """Make the files that are the same whatever is tested, by name. All network addresses are loopback."""
    return {
        **dict.fromkeys(_EMPTY, "[general]\n"),
        "pjproject.conf": "",
        "sorcery.conf": "",
        "acl.conf": "",
        "asterisk.conf": _directories(tree, run_dir),
        "modules.conf": _modules(tree),
        "logger.conf": _LOGGER,
        "rtp.conf": "[general]\nrtpstart=20000\nrtpend=29998\nicesupport=no\n",
        "musiconhold.conf": f"[default]\nmode=files\ndirectory={run_dir}/lib\n",
        "transport.conf": f"[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{sip_port}\n",
    }


def _directories(tree: AsteriskTree, run_dir: Path) -> str:
    places = {
        "astetcdir": run_dir / "etc",
        "astmoddir": tree.modules,
        "astvarlibdir": run_dir / "lib",
        "astdbdir": run_dir / "lib",
        "astkeydir": run_dir / "lib",
        "astdatadir": run_dir / "data",
        "astagidir": run_dir / "agi-bin",
        "astspooldir": run_dir / "spool",
        "astrundir": run_dir / "run",
        "astlogdir": run_dir / "log",
        "astcachedir": run_dir / "lib",
        "astsbindir": tree.root / "usr/sbin",
    }
    lines = "".join(f"{name} => {path}\n" for name, path in places.items())
    return f"[directories]\n{lines}[options]\ndocumentation_language = en_US\n"


def _modules(tree: AsteriskTree) -> str:
    present = {path.stem for path in tree.modules.glob("*.so")}
    lines = "".join(f"load={name}.so\n" for name in _MODULES if name in present)
    return f"[modules]\nautoload=no\n{lines}"
