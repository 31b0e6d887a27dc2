"""What was probably meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS_PER_SLIP = 4
_LEAST_LETTERS = 3


def nearest(name: str, known: Iterable[str], *, telling: int | None = None) -> str | None:
    """The known name that ``name`` is with a slip or two of the hand; None without one.

    A slip is a letter too many, too few, wrong, or changed with its neighbour; there may be one
    in four letters, and one in three. Capitals, spaces, dashes and underscores do not count.

    Args:
        name: what was typed.
        known: what there is.
        telling: how many letters tell the name from others (default: all that count).

    Example:
        >>> nearest("baseSzie", ["baseSize", "sizeRange"]), nearest("lenght", ["height"])
        ('baseSize', None)
    """
    wanted = _plain(name)
    letters = len(wanted) if telling is None else telling
    if letters < _LEAST_LETTERS:
        return None
    most = max(1, letters // _LETTERS_PER_SLIP)
    found = ((_slips(wanted, _plain(each), most), each) for each in known)
    slips, best = min(found, key=lambda pair: pair[0], default=(most + 1, None))
    return best if slips <= most else None


def did_you_mean(name: str, known: Iterable[str], *, telling: int | None = None) -> str:
    """A question of its own, with a space after it; empty where nothing is near."""
    meant = nearest(name, known, telling=telling)
    return f"Did you mean {meant}? " if meant else ""


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter not in " -_")


def _slips(typed: str, meant: str, most: int) -> int:
    """The distance of Damerau and Levenshtein without overlaps; ``most + 1`` stands for more."""
    if abs(len(typed) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(meant, 1):
            slips = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                slips = min(slips, before[j - 2] + 1)
            row.append(slips)
        if min(row) > most:
            return most + 1
        before, above = above, row
    return above[-1]
