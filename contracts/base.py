"""What every message between rooms has in common."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Frozen and keyword-only. Extended by optional fields only: old histories must still decode.

    Messages carry ids, instants and codes. Names, phones and transcripts stay in PostgreSQL, so
    that the engine's histories hold no personal data.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
