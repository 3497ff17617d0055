"""What notes say about somebody else's product: which sentences, for whom they speak, and what no note tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meterline_tools.notes.sayings import Saying, foreign
from meterline_tools.notes.text import fold
from meterline_tools.notes.themes import Asked, read_yaml, taxonomy, tones
from meterline_tools.notes.wording import LANGUAGES, Wording, said_words

COMPETITION = "competition"
_LIKE = 84


@dataclass(frozen=True)
class Rival:
    """A competitor by the names it goes by; without a name, whoever is compared with us."""

    name: str
    aliases: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        return tuple(form for form in (self.name, *self.aliases) if form)

    @property
    def is_generic(self) -> bool:
        """Whether its name is a word for any competitor ("a rival warehouse")."""
        return all(_generic(form) for form in self.forms)


def _generic(words: str) -> bool:
    return bool(taxonomy().named(words)) and COMPETITION in taxonomy().named(words)


def nearest(words: str, rivals: Sequence[Rival]) -> Rival | None:
    """The known competitor an asker means, slips of the pen allowed."""
    from rapidfuzz import fuzz

    scored = [(fuzz.WRatio(fold(words), fold(form)), rival) for rival in rivals for form in rival.forms]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= _LIKE else None


def about(said: Iterable[Saying], rivals: Sequence[Rival]) -> list[Saying]:
    """The sentences that name one of them or, where one goes by a general word, speak of any competitor."""
    by_name = [Asked(form) for rival in rivals if not rival.is_generic for form in rival.forms]
    anyone = not rivals or any(rival.is_generic for rival in rivals)
    known = taxonomy()
    return [
        saying
        for saying in said
        if not tones().denies(saying.text)
        and (any(asked.stands_in(saying) for asked in by_name) or (anyone and any(ident == COMPETITION for ident, _ in known.of(saying))))
    ]


def beside(sayings: Sequence[Saying], every: Sequence[Saying], reach: int = 2) -> list[Saying]:
    """The sentences around those: of the same note, at most `reach` places away."""
    places = {id(saying): n for n, saying in enumerate(every)}
    near: dict[int, Saying] = {}
    for saying in sayings:
        at = places[id(saying)]
        for n in range(max(0, at - reach), min(len(every), at + reach + 1)):
            if every[n].note.note_id == saying.note.note_id:
                near[n] = every[n]
    return [near[n] for n in sorted(near)]


def held_against_us(said: Iterable[Saying]) -> list[Saying]:
    """What customers complain of in what they are served with; their own troubles are none of ours."""
    known = taxonomy()
    return [
        s
        for s in said
        if s.side == "customer"
        and not s.flagged
        and "complaint" in tones().of(s)
        and not tones().idles(s.text)
        and any(theme in known.service for theme, _ in known.of(s))
    ]


def spoken_for(sayings: Iterable[Saying]) -> dict[str, list[Saying]]:
    """ "win" and "lose": the sentences that speak for us and for the other one, by their words; flagged ones never.

    "Cheaper, but their maps are awful" is in both.
    """
    found: dict[str, list[Saying]] = {"win": [], "lose": []}
    for saying in sayings:
        for side in found.keys() & tones().of(saying) if not saying.flagged else ():
            found[side].append(saying)
    return found


class Unknowns:
    """What one would want to know before competing, by unknowns.yaml; a question is open while no sentence has its words."""

    def __init__(self, entries: Sequence[Mapping[str, str]]) -> None:
        self.questions = {entry["id"]: entry["question"] for entry in entries}
        self._english = Wording({entry["id"]: [entry["en"]] for entry in entries})
        self._abroad = Wording({entry["id"]: [entry[lang] for lang in LANGUAGES[1:] if lang in entry] for entry in entries})

    def open(self, sayings: Iterable[Saying]) -> list[str]:
        told: set[str] = set()
        for saying in sayings:
            told |= (self._abroad if foreign(saying) else self._english).names(said_words(saying.text))
        return [question for ident, question in self.questions.items() if ident not in told]


def unknowns() -> Unknowns:
    return Unknowns(read_yaml("unknowns.yaml"))
