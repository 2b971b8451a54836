"""Names and addresses that are safe to write into headers."""

import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address

_NAME_CHARS_MAX = 120
_ADDRESS_CHARS_MAX = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
# Python's IDNA of 2003 makes another domain, so another owner, of these (ß becomes ss).
_REMAPPED = frozenset("ßẞς\u200c\u200d")
_WITHOUT_SPECIALS = str.maketrans(dict.fromkeys('<>()[]@,;:\\"', " "))
# Control, format (bidi overrides hide what a name says), line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def one_line(text: str) -> str:
    """The text as one line without control characters; runs of white space become one space."""
    plain = "".join(
        " " if unicodedata.category(char) in _UNSAFE_CATEGORIES else char for char in text
    )
    return " ".join(plain.split())


def mail_address(text: str) -> str:
    """The address as it goes over the wire: ASCII, international domains in IDNA.

    Raises ValueError for what is none; callers spell addresses on the phone, so that happens.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or _REMAPPED & set(domain):
        raise ValueError("not a mail address")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError("not a mail address") from error
    if not _DOMAIN.fullmatch(ascii_domain) or len(local) > 64:  # noqa: PLR2004 RFC 5321, 4.5.3.1.1
        raise ValueError("not a mail address")
    address = f"{local}@{ascii_domain.lower()}"
    if len(address) > _ADDRESS_CHARS_MAX:
        raise ValueError("not a mail address")
    return address


@dataclass(frozen=True)
class Party:
    """Who sends or receives. Raises ValueError when `email` is no address."""

    name: str
    email: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name)[:_NAME_CHARS_MAX])
        object.__setattr__(self, "email", mail_address(self.email))

    @property
    def header(self) -> Address:
        """For From, To, Reply-To. The name without what has a meaning in an address list.

        Quoting is not enough: where a name is both quoted and not ASCII, Python's email package
        may drop the quotes when it folds, and "<" in a name then begins an address.
        """
        name = one_line(self.name.translate(_WITHOUT_SPECIALS).replace("=?", "= ?"))
        return Address(display_name=name, addr_spec=self.email)
