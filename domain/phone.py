"""Phone numbers: E.164 from whatever the exchange or a caller sends, hashes to find them by."""

import hmac
from hashlib import sha256

import phonenumbers

# What exchanges send for a withheld caller id (Retell contract 1.2 and 11.7).
WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "unknown",
        "restricted",
        "private",
        "unavailable",
        "+266696687",  # spells ANONYMOUS on the keys
    }
)
SHORTEST_NATIONAL = 7  # less is a fragment of a dictated number ("0176 040", contract 6.4)
SHORTEST_MASKED = 6  # below that the ends would be the whole number


def to_e164(raw: str | None, region: str = "DE") -> str | None:
    """E.164, or None for withheld, impossible and templated numbers such as `{{caller_number}}`."""
    if raw is None or raw.strip().lower() in WITHHELD or "{" in raw:
        return None
    try:
        parsed = phonenumbers.parse(raw.strip(), region)
    except phonenumbers.NumberParseException:
        return None
    # `is_possible_number` would let "0176" pass as a number within a town.
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if len(str(parsed.national_number)) < SHORTEST_NATIONAL:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def takes_texts(e164: str) -> bool:
    """Whether an SMS may arrive there: mobile numbers, and those that may be either (as in the US).

    An SMS to a German landline is read out by a machine at the carrier's price, or lost.
    """
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return False
    mobile = phonenumbers.PhoneNumberType
    return kind in (mobile.MOBILE, mobile.FIXED_LINE_OR_MOBILE)


def masked(phone: str | None) -> str:
    """For logs and screens: country code and last two digits, `+49…40`."""
    if phone is None or len(phone) < SHORTEST_MASKED:
        return "withheld" if not phone else "…"
    return f"{phone[:3]}…{phone[-2:]}"


def phone_hash(e164: str, key: str) -> str:
    """Keyed hash of a number to search by: equal numbers are found, none can be read."""
    return keyed_hash(e164, key)


def keyed_hash(value: str, key: str) -> str:
    """32 hex characters; of a phone number or a lower-case mail address."""
    return hmac.new(key.encode(), value.encode(), sha256).hexdigest()[:32]
