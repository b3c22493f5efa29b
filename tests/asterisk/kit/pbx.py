"""The office of the tests: a PBX with the project's own dialplan, phones inside and outside, a trunk."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.phone import SipPhone
from tests.asterisk.kit.server import AsteriskServer
from tests.asterisk.kit.tree import PROJECT, AsteriskTree

DEPLOY = PROJECT / "deploy/asterisk"
FRONT_END = PROJECT / "agi-bin/feature-menu.eagi"
PASSWORD = "4815"
MAILBOXES = tuple(str(number) for number in range(1000, 1450))
NAMED_MAILBOX = "front-desk_1.a"
DESK = "201"
DESK_FROM_OUTSIDE = "2025550188"
DESK_OF_A_MAILBOX = "2025550189"
NAMED_BEFORE_THE_DESK = MAILBOXES[443]
INSIDE = (("X-Office", "inside"),)
OUTSIDE = (("X-Office", "outside"),)

_ENDPOINTS = """
[global]
type=global
user_agent=test-pbx
#include "transport.conf"

[line](!)
type=endpoint
disallow=all
allow=ulaw
dtmf_mode=rfc4733
direct_media=no
bind_rtp_to_media_address=yes
media_address=127.0.0.1

; Callers are told apart by a header, so that each can present any number.
[inside](line)
context=from-internal
trust_id_inbound=yes
[inside-callers]
type=identify
endpoint=inside
match_header=X-Office: inside

[outside](line)
context=from-trunk
trust_id_inbound=yes
[outside-callers]
type=identify
endpoint=outside
match_header=X-Office: outside

[trunk](line)
context=from-trunk
aors=trunk
send_pai=yes
trust_id_outbound=yes
[trunk]
type=aor
contact=sip:127.0.0.1:{trunk_port}
qualify_frequency=0

[desk](line)
context=from-internal
aors=desk
[desk]
type=aor
contact=sip:127.0.0.1:{desk_port}
qualify_frequency=0
"""

_EXTENSIONS = """
[general]
static=yes
#include "extensions-ivr.conf"
#include "extensions-ivr-site.conf"

[from-internal]
; *97 own mailbox with password, *96 without, *98 any mailbox
exten => *96,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default)
 same => n,Set(IVR_ORIGIN=inside)
 same => n,Goto(ivr-voicemail,own-trusted,1)
exten => *97,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default)
 same => n,Set(IVR_ORIGIN=inside)
 same => n,Goto(ivr-voicemail,own,1)
exten => *98,1,Set(IVR_CONTEXT=default)
 same => n,Set(IVR_ORIGIN=inside)
 same => n,Goto(ivr-voicemail,any,1)
; a context with more in it than its name
exten => *95,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default,s)
 same => n,Set(IVR_ORIGIN=inside)
 same => n,Goto(ivr-voicemail,own,1)
exten => 201,1,Dial(PJSIP/desk)
; straight to the number, as the article's dialplan does: the peer for measurements, and the negative control
exten => plain,1,Answer()
 same => n,Read(KEY,,1,,1,10)
 same => n,Dial(PJSIP/12125551234@trunk,30)
exten => plain-prompt,1,Answer()
 same => n,Read(KEY,vm-instructions,1,,1,10)
 same => n,Wait(5)
; straight to the front end, without the way through Comedian Mail
exten => _callback-.,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default)
 same => n,Set(IVR_ORIGIN=inside)
 same => n,Goto(ivr-callback,${EXTEN:9},1)
exten => _dialout-.,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default)
 same => n,Set(IVR_ORIGIN=inside)
 same => n,Goto(ivr-dialout,${EXTEN:8},1)
; an inherited or left-over variable that nobody here has set
exten => _forged-.,1,Set(IVR_CALL_ID=00000000000000000000000000000000)
 same => n,Set(IVR_RESULT=mailbox)
 same => n,Goto(ivr-callback,${EXTEN:7},1)

[from-trunk]
exten => 2025550177,1,Set(IVR_CONTEXT=default)
 same => n,Set(IVR_ORIGIN=outside)
 same => n,Goto(ivr-voicemail,any,1)
; calls from outside for the desk: blocked numbers are kept out, of the company or of a mailbox too
exten => 2025550188,1,Gosub(ivr-inbound,check,1)
 same => n,Dial(PJSIP/desk,10)
exten => 2025550189,1,Set(IVR_MAILBOX=1443)
 same => n,Set(IVR_CONTEXT=default)
 same => n,Gosub(ivr-inbound,check,1)
 same => n,Dial(PJSIP/desk,10)
exten => _callback-.,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default)
 same => n,Goto(ivr-callback,${EXTEN:9},1)
exten => _dialout-.,1,Set(IVR_MAILBOX=${CALLERID(num)})
 same => n,Set(IVR_CONTEXT=default)
 same => n,Goto(ivr-dialout,${EXTEN:8},1)
"""

_FEATURES = """
[general]

[applicationmap]
greeting => *7,self/caller,Playback(vm-goodbye)
#include "features-ivr.conf"
"""

_VOICEMAIL = """
[general]
format=wav
minsecs=0
maxsilence=0
maxlogins=3
callback=ivr-callback
dialout=ivr-dialout

[default]
"""


def _voicemail() -> str:
    options = "envelope=no|saycid=no|sayduration=no|operator=no|review=no"
    return _VOICEMAIL + "".join(
        f"{mailbox} => {PASSWORD},Box {mailbox},,,{options}\n" for mailbox in (*MAILBOXES, NAMED_MAILBOX)
    )


class Office:
    """A running PBX with the two telephones it can reach: the `trunk` to the world, and the `desk` at 201."""

    def __init__(self, tree: AsteriskTree, run_dir: Path, environment: Mapping[str, str]) -> None:
        self.trunk = SipPhone("trunk")
        self.desk = SipPhone(DESK)
        endpoints = _ENDPOINTS.format(trunk_port=self.trunk.port, desk_port=self.desk.port)
        files = {
            "pjsip.conf": endpoints,
            "extensions.conf": _EXTENSIONS,
            "voicemail.conf": _voicemail(),
            "features.conf": _FEATURES,
            **{path.name: path.read_text("utf-8") for path in DEPLOY.glob("*-ivr*.conf")},
        }
        self.server = AsteriskServer(tree, run_dir, files, environment)
        self._phones: list[SipPhone] = []
        self.install_front_end(FRONT_END)

    def open(self) -> None:
        self.server.start()

    def close(self) -> None:
        self.reset()
        self.server.stop()
        self.trunk.close()
        self.desk.close()

    def phone(self, number: str, headers: tuple[tuple[str, str], ...] = INSIDE) -> SipPhone:
        """Give a telephone that presents this number; it is put away at the end of the test."""
        phone = SipPhone(number, headers=headers)
        self._phones.append(phone)
        return phone

    def install_front_end(self, script: Path | None) -> None:
        """Put this script, or none, where the dialplan looks for its front end."""
        installed = self.server.agi_dir / FRONT_END.name
        installed.unlink(missing_ok=True)
        if script is not None:
            installed.symlink_to(script)

    def reset(self) -> None:
        """End every call and forget what the trunk and the desk saw."""
        for phone in self._phones:
            phone.close()
        self._phones.clear()
        self.trunk.forget()
        self.desk.forget()

    def enter(
        self, mailbox: str, kind: str, text: str, headers: tuple[tuple[str, str], ...] = INSIDE
    ) -> SipCall:
        """Call as the owner of this mailbox and come to the front end, without the way through Comedian Mail.

        `kind` is "callback" or "dialout", `text` what Comedian Mail would have brought.
        """
        number = f"{kind}-{quote(text, safe='')}"
        call = self.phone(mailbox, headers).call(number, self.server.address)
        call.wait_until_answered()
        return call

    def dialled(self) -> list[str]:
        """Wait until no call is left, then give every number the trunk was asked for."""
        self.server.wait_until_idle()
        return [invite.dialled for invite in self.trunk.invites]

    def assert_nothing_was_dialled(self) -> None:
        assert self.dialled() == [], "the trunk got a call that nobody permitted"
