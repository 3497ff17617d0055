"""How people speak of days, places and workloads: relatively, roughly, and never by id."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from meterline_tools.demo.population import Workload

WEEKDAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    "sv": ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
}
MONTHS = {
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    "de": ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
    "sv": ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"],
}
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"]
ANCHORS = {
    date(2025, 4, 20): "Easter",
    date(2026, 4, 5): "Easter",
    date(2025, 6, 21): "Midsummer",
    date(2026, 6, 20): "Midsummer",
    date(2025, 1, 1): "New Year",
    date(2026, 1, 1): "New Year",
}
PLACES = {
    "us-east-1": "Virginia",
    "us-west-2": "Oregon",
    "eu-central-1": "Frankfurt",
    "eu-north-1": "Stockholm",
    "eu-west-1": "Ireland",
    "ap-northeast-1": "Tokyo",
    "ap-south-1": "Mumbai",
}
NEAR_DAYS = 6


def _part(day: date, language: str) -> str:
    """A third of a month."""
    third = 0 if day.day <= 10 else 1 if day.day <= 20 else 2
    if language == "ja":
        return f"{day.month}月{'上中下'[third]}旬"
    month = MONTHS[language][day.month - 1]
    if language == "de":
        return f"{['Anfang', 'Mitte', 'Ende'][third]} {month}"
    if language == "sv":
        return f"{['början', 'mitten', 'slutet'][third]} av {month}"
    return [f"the first days of {month}", f"mid {month}", f"the end of {month}"][third]


def spoken(day: date, said: date, rng: np.random.Generator, language: str = "en") -> str:
    """A day as somebody names it on the day `said`."""
    gap = (day - said).days
    if language != "en":
        return WEEKDAYS[language][day.weekday()] if language in WEEKDAYS and abs(gap) <= NEAR_DAYS and gap else _part(day, language)
    for anchor, name in ANCHORS.items():
        if timedelta(days=1) <= day - anchor <= timedelta(days=8) and rng.random() < 0.7:
            return f"the week after {name}"
    if 0 < abs(gap) <= 13:
        week = "" if abs(gap) <= NEAR_DAYS else " next week" if gap > 0 else " last week"
        return WEEKDAYS["en"][day.weekday()] + week
    if day.day <= len(ORDINALS) and abs(gap) <= 40 and rng.random() < 0.4:
        return f"the {ORDINALS[day.day - 1]} of {MONTHS['en'][day.month - 1]}"
    return _part(day, "en")


def since(day: date, said: date, rng: np.random.Generator, language: str = "en") -> str:
    """From a day on, as said before or after it."""
    name, past = spoken(day, said, rng, language), day <= said
    match language:
        case "de":
            return f"seit {name}" if past else f"ab {name}"
        case "sv":
            return f"sedan {name}" if past else f"från {name}"
        case "ja":
            return f"{name}から"
    return f"since {name}" if past else f"from {name} on"


def until(day: date, said: date, rng: np.random.Generator, language: str = "en") -> str:
    name = spoken(day, said, rng, language)
    return {"en": f"until {name}", "de": f"bis {name}", "sv": f"till {name}", "ja": name}[language]


def around(day: date, said: date, rng: np.random.Generator, language: str = "en") -> str:
    """At a day, roughly."""
    name = spoken(day, said, rng, language)
    if language != "en":
        weekday = language in WEEKDAYS and name in WEEKDAYS[language]
        return {"de": f"am {name}" if weekday else name, "sv": f"på {name}" if weekday else f"i {name}", "ja": name}[language]
    if name.startswith("mid "):
        return f"around {name}"
    if name.startswith("the end"):
        return f"at {name}"
    if name.startswith(("the first days", "the week")):
        return f"in {name}"
    return f"on {name}"


def workload_name(workload: Workload) -> str:
    """The workload as people say it: "the supplier sync", "the finance marts workload"."""
    name = workload.name.replace("-", " ").replace("_", " ")
    return f"the {name} workload" if name.rstrip(" 0123456789").endswith("s") else f"the {name}"


def alike(name: str, others: list[str], rng: np.random.Generator) -> str:
    """An account with which this one is easily confused: the same first letter if there is one."""
    same = [o for o in others if o != name and o[0] == name[0]] or [o for o in others if o != name]
    return same[int(rng.integers(len(same)))]
