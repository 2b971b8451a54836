"""A phone call as Retell reports it: four events about one call object that grows."""

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from sandbox.caller.scripts import Role, Script

EventName = Literal["call_inbound", "call_started", "call_ended", "call_analyzed"]
Json = dict[str, Any]

ID_HEX_DIGITS = 27
WORD_S = 0.34
BETWEEN_TURNS_S = 0.9
FIRST_WORD_S = 0.6
RING_S = 2.7


@dataclass(frozen=True, kw_only=True)
class Line:
    """Who rings where. `caller` is E.164 or `anonymous`; `agent_id` is the dialled number's."""

    caller: str
    dialled: str
    agent_id: str
    agent_name: str


@dataclass(frozen=True, kw_only=True)
class PhoneCall:
    call_id: str
    started_at: datetime
    events: dict[EventName, Json]


def new_call_id(random: Random) -> str:
    return f"call_{random.getrandbits(4 * ID_HEX_DIGITS):0{ID_HEX_DIGITS}x}"


def inbound_event(call_id: str, line: Line, *, ringing_at: datetime) -> Json:
    """Retell's question before the call is answered."""
    return {
        "event": "call_inbound",
        "event_timestamp": _ms(ringing_at),
        "call_inbound": {
            "call_id": call_id,
            "agent_id": line.agent_id,
            "agent_version": 3,
            "from_number": line.caller,
            "to_number": line.dialled,
            "custom_sip_headers": {"x-twilio-callsid": _sid(call_id)},
        },
    }


def phone_call(
    call_id: str, line: Line, script: Script, *, started_at: datetime, answer: Json | None = None
) -> PhoneCall:
    """All events of a call that began at `started_at`.

    `answer` is the `call_inbound` object of our own reply: its variables and metadata come back in
    each event, as they do at Retell.
    """
    random = Random(call_id)
    started = _started(call_id, line, started_at, answer or {})
    ended = copy.deepcopy(started) | _conversation(script, started_at, random)
    ended |= _after_the_end(call_id, ended["duration_ms"], random)
    analyzed = copy.deepcopy(ended) | {"call_analysis": _analysis(script)}
    return PhoneCall(
        call_id=call_id,
        started_at=started_at,
        events={
            "call_inbound": inbound_event(
                call_id, line, ringing_at=started_at - timedelta(seconds=RING_S)
            ),
            "call_started": {"event": "call_started", "call": started},
            "call_ended": {"event": "call_ended", "call": ended},
            "call_analyzed": {"event": "call_analyzed", "call": analyzed},
        },
    )


def _started(call_id: str, line: Line, started_at: datetime, answer: Json) -> Json:
    call: Json = {
        "call_id": call_id,
        "call_type": "phone_call",
        "agent_id": line.agent_id,
        "agent_version": 3,
        "agent_name": line.agent_name,
        "agent_tag": "prod",
        "retell_llm_dynamic_variables": {
            **answer.get("dynamic_variables", {}),
            "twilio-callsid": _sid(call_id),
        },
        "custom_sip_headers": {"x-twilio-callsid": _sid(call_id)},
        "call_status": "ongoing",
        "start_timestamp": _ms(started_at),
        "data_storage_setting": "everything",
        "opt_in_signed_url": False,
        "from_number": line.caller,
        "to_number": line.dialled,
        "direction": "inbound",
        "telephony_identifier": {"twilio_call_sid": _sid(call_id)},
    }
    if answer.get("metadata"):
        call["metadata"] = answer["metadata"]
    return call


def _conversation(script: Script, started_at: datetime, random: Random) -> Json:
    clock = FIRST_WORD_S
    turns: list[Json] = []
    for number, (role, text) in enumerate(script.utterances()):
        words, clock = _words(text, clock, random)
        turns.append(_turn(role, text, words, number))
        clock += BETWEEN_TURNS_S
    duration_ms = round(clock * 1000)
    names: dict[Role, str] = {"agent": "Agent", "user": "User"}
    return {
        "call_status": "ended",
        "end_timestamp": _ms(started_at) + duration_ms,
        "duration_ms": duration_ms,
        "transcript": "".join(f"{names[role]}: {text}\n" for role, text in script.utterances()),
        "transcript_object": turns,
        "transcript_with_tool_calls": copy.deepcopy(turns),
        "disconnection_reason": script.disconnection_reason,
    }


def _words(text: str, clock: float, random: Random) -> tuple[list[Json], float]:
    """Words with their seconds in the audio; each ends with a blank, as in real payloads."""
    words = []
    for word in text.split():
        until = clock + WORD_S * random.uniform(0.6, 1.4)
        words.append({"word": f"{word} ", "start": round(clock, 3), "end": round(until, 3)})
        clock = until + 0.02
    return words, clock


def _turn(role: Role, text: str, words: list[Json], number: int) -> Json:
    turn: Json = {"role": role, "content": f"{text} ", "words": words}
    if role == "agent":
        turn["metadata"] = {"response_id": number}
    return turn


def _after_the_end(call_id: str, duration_ms: int, random: Random) -> Json:
    seconds = -(-duration_ms // 1000)
    products = {"elevenlabs_tts": 0.1166667, "gpt_4_1": 0.075}
    costs = [
        {"product": name, "unit_price": price, "cost": round(price * seconds, 3)}
        for name, price in products.items()
    ]
    audio = f"https://recordings.example.net/{call_id}"
    return {
        "collected_dynamic_variables": {},
        "recording_url": f"{audio}/recording.wav",
        "recording_multi_channel_url": f"{audio}/recording_multichannel.wav",
        "public_log_url": f"{audio}/public.log",
        "latency": {"llm": _latency(random, 380, 560), "e2e": _latency(random, 720, 1060)},
        "call_cost": {
            "total_duration_seconds": seconds,
            "total_duration_unit_price": round(sum(products.values()), 7),
            "product_costs": costs,
            "combined_cost": round(sum(price * seconds for price in products.values()), 3),
        },
    }


def _latency(random: Random, low: float, high: float) -> Json:
    values = sorted(round(random.uniform(low, high), 1) for _ in range(5))
    return {
        "p50": values[2],
        "p90": values[4],
        "p95": values[4],
        "p99": values[4],
        "min": values[0],
        "max": values[4],
        "num": len(values),
        "values": values,
    }


def _analysis(script: Script) -> Json:
    analysis: Json = {
        "call_summary": script.summary,
        "in_voicemail": False,
        "user_sentiment": "Unknown" if script.analysis is None else "Positive",
        "call_successful": script.analysis is not None,
    }
    if script.analysis is not None:
        analysis["custom_analysis_data"] = dict(script.analysis)
    return analysis


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _sid(call_id: str) -> str:
    return f"CA{Random(call_id).getrandbits(128):032x}"
