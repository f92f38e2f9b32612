"""How Go writes things down, where the real plugin's outputs and messages show it."""

import json
import re
from datetime import datetime
from typing import Any

_ESCAPED = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_NANOSECONDS = 10**9


def to_json(value: Any) -> str:
    """``value`` as ``encoding/json`` marshals it: sorted, without spaces, safe for HTML."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "".join(_ESCAPED.get(character, character) for character in text)


def normal_json(text: str) -> str:
    """``text`` as Go would write the same JSON; text that is no JSON stays as it is."""
    try:
        return to_json(json.loads(text))
    except ValueError:
        return text


def quoted(text: str) -> str:
    """``text`` as ``%q`` shows it."""
    return json.dumps(text, ensure_ascii=False)


def seconds(duration: str) -> int:
    """The whole seconds of a duration such as ``1h30m0s``."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", duration)
    return int(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def short_duration(length: int) -> str:
    """``length`` seconds, without the parts that are zero at the end (``768h``)."""
    hours, rest = divmod(length, 3600)
    minutes, left = divmod(rest, 60)
    text = (
        f"{hours}h{minutes}m{left}s" if hours else f"{minutes}m{left}s" if minutes else f"{left}s"
    )
    text = text.removesuffix("0s") if text.endswith("m0s") else text
    return text.removesuffix("0m") if text.endswith("h0m") else text


def whole_seconds_between(start: str, end: str) -> int:
    """Whole seconds from one RFC 3339 time with nanoseconds to another."""
    return (_nanoseconds(end) - _nanoseconds(start)) // _NANOSECONDS


def without_fraction(time: str) -> str:
    """An RFC 3339 time in whole seconds, cut off."""
    return re.sub(r"\.\d+", "", time)


def _nanoseconds(time: str) -> int:
    moment = datetime.fromisoformat(without_fraction(time))
    fraction = re.search(r"\.(\d+)", time)
    digits = fraction.group(1).ljust(9, "0") if fraction else "0"
    return int(moment.timestamp()) * _NANOSECONDS + int(digits)
