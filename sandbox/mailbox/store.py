"""Mails as files. The folder is the truth: whoever opens it anew finds everything."""

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import getaddresses
from pathlib import Path

_STAMP = "%Y%m%dT%H%M%S.%f"
_ENVELOPE_FROM, _ENVELOPE_TO = "X-Envelope-From", "X-Envelope-To"


@dataclass(frozen=True, kw_only=True)
class MailSummary:
    """`repeat` counts earlier mails with the same Message-ID; 0 is the first."""

    id: str
    received_at: datetime
    envelope_from: str
    envelope_to: tuple[str, ...]
    sender: str
    to: str
    subject: str
    message_id: str
    size_bytes: int
    has_calendar: bool
    repeat: int = 0


class Mailbox:
    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "mails"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, MailSummary] = {}

    def store(self, content: bytes, *, sender: str, recipients: list[str]) -> str:
        """Keeps one mail and returns its id. The file appears whole or not at all."""
        head = f"{_ENVELOPE_FROM}: {sender}\r\n{_ENVELOPE_TO}: {', '.join(recipients)}\r\n"
        mail_id = self._free_id()
        partial = self._folder / f"{mail_id}.part"
        partial.write_bytes(head.encode() + content)
        partial.replace(self._path(mail_id))
        return mail_id

    def summaries(self) -> list[MailSummary]:
        """All mails, oldest first; only files not seen before are read."""
        ids = sorted(path.stem for path in self._folder.glob("*.eml"))
        self._known = {mail_id: self._known.get(mail_id) or self._read(mail_id) for mail_id in ids}
        seen: Counter[str] = Counter()
        numbered = []
        for mail in self._known.values():
            numbered.append(replace(mail, repeat=seen[mail.message_id]))
            seen[mail.message_id] += 1
        return numbered

    def message(self, mail_id: str) -> EmailMessage | None:
        content = self.content(mail_id)
        return None if content is None else _parse(content)

    def content(self, mail_id: str) -> bytes | None:
        """The file: the mail as it came, with two envelope headers in front."""
        path = self._path(mail_id)
        # An id comes from a URL; whatever is not the name of a file in the folder is no mail.
        if path.parent != self._folder or not path.is_file():
            return None
        return path.read_bytes()

    def clear(self) -> int:
        paths = list(self._folder.glob("*.eml"))
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)

    def _path(self, mail_id: str) -> Path:
        return self._folder / f"{mail_id}.eml"

    def _free_id(self) -> str:
        """A name nobody has: microseconds sort the mails, exclusive creation keeps them apart."""
        while True:
            mail_id = datetime.now(UTC).strftime(_STAMP)
            try:
                os.close(os.open(self._folder / f"{mail_id}.part", os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            if not self._path(mail_id).exists():
                return mail_id
            (self._folder / f"{mail_id}.part").unlink()

    def _read(self, mail_id: str) -> MailSummary:
        content = self._path(mail_id).read_bytes()
        message = _parse(content)
        return MailSummary(
            id=mail_id,
            received_at=datetime.strptime(mail_id, _STAMP).replace(tzinfo=UTC),
            envelope_from=str(message[_ENVELOPE_FROM] or ""),
            envelope_to=tuple(
                address for _, address in getaddresses([str(message[_ENVELOPE_TO] or "")])
            ),
            sender=str(message["From"] or ""),
            to=str(message["To"] or ""),
            subject=str(message["Subject"] or "").strip(),
            message_id=str(message["Message-ID"] or ""),
            size_bytes=len(content),
            has_calendar=any(part.get_content_type() == "text/calendar" for part in message.walk()),
        )


def _parse(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default_policy)
