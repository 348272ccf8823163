"""Puts the signs of emphasis where CommonMark takes them for such, and tags elsewhere."""

import unicodedata
from dataclasses import dataclass


@dataclass(slots=True)
class Sign:
    """A sign that opens or closes emphasis; written as a tag where the sign would not work."""

    sign: str
    tag: str
    opens: bool


def join(pieces: list[Sign | str]) -> str:
    """Join the pieces, writing a tag for every sign that its neighbours would keep from working."""
    as_tags = _useless_signs(pieces)
    out: list[str] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            out.append(piece[1:] if piece[:1] == " " and out and out[-1][-1:] == " " else piece)
        elif place in as_tags:
            out.append(f"<{'' if piece.opens else '/'}{piece.tag}>")
        else:
            out.append(piece.sign)
    return "".join(out)


def _useless_signs(pieces: list[Sign | str]) -> set[int]:
    """Return the places of signs, in pairs, that CommonMark would not take for emphasis.

    A sign must touch the text it marks; where that begins or ends with punctuation, a space or
    more punctuation has to be on the sign's other side, which Chinese text never has.
    """
    useless: set[int] = set()
    opened: list[int] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            continue
        if piece.opens:
            opened.append(place)
            continue
        start = opened.pop()
        if not (_works(pieces, start, -1, 1) and _works(pieces, place, 1, -1)):
            useless |= {start, place}
    return useless


def _works(pieces: list[Sign | str], place: int, outside: int, inside: int) -> bool:
    outer, inner = _neighbour(pieces, place, outside), _neighbour(pieces, place, inside)
    if outer == "*" or inner == "*":
        sign = pieces[place]
        return isinstance(sign, Sign) and sign.sign != "~~"
    return not _is_punctuation(inner) or outer in (" ", "\n") or _is_punctuation(outer)


def _neighbour(pieces: list[Sign | str], place: int, step: int) -> str:
    """Return the character beside a sign; a space at the ends of the text."""
    place += step
    while 0 <= place < len(pieces):
        piece = pieces[place]
        if isinstance(piece, Sign):
            return piece.sign[0]
        if piece:
            return piece[0] if step > 0 else piece[-1]
        place += step
    return " "


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
