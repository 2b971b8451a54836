"""Instants and filters as Cal.com's query strings want them."""

from datetime import UTC, datetime

from integrations.calcom.schemas import BookingFilter

MAX_TAKE = 250


def utc(moment: datetime) -> str:
    """UTC with seconds, as Cal.com wants it; milliseconds only where there are any."""
    if moment.tzinfo is None:
        raise ValueError("instants are aware")
    utc = moment.astimezone(UTC)
    spec = "milliseconds" if utc.microsecond else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def list_params(wanted: BookingFilter) -> tuple[tuple[str, str], ...]:
    if not 1 <= wanted.take <= MAX_TAKE:
        raise ValueError(f"take is 1 to {MAX_TAKE}")
    texts = {
        "status": ",".join(wanted.statuses),
        "attendeeEmail": wanted.attendee_email,
        "attendeeName": wanted.attendee_name,
        "bookingUid": wanted.booking_uid,
        "teamsIds": ",".join(str(number) for number in wanted.team_ids),
    }
    single = len(wanted.event_type_ids) == 1
    name = "eventTypeId" if single else "eventTypeIds"
    texts[name] = ",".join(str(number) for number in wanted.event_type_ids)
    instants = {
        "afterStart": wanted.after_start_at,
        "beforeEnd": wanted.before_end_at,
        "afterCreatedAt": wanted.after_created_at,
        "beforeCreatedAt": wanted.before_created_at,
        "afterUpdatedAt": wanted.after_updated_at,
        "beforeUpdatedAt": wanted.before_updated_at,
    }
    params = [(key, text) for key, text in texts.items() if text]
    params += [(key, utc(moment)) for key, moment in instants.items() if moment is not None]
    if wanted.sort is not None:
        sorts = {
            "start": "sortStart",
            "end": "sortEnd",
            "created": "sortCreated",
            "updated": "sortUpdatedAt",
        }
        params.append((sorts[wanted.sort], "desc" if wanted.descending else "asc"))
    params += [("take", str(wanted.take)), ("skip", str(wanted.skip))]
    return tuple(params)
