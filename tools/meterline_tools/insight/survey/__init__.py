"""All changes of a table of usage, slice by slice: where, since when, how much, and what each is made of."""

from meterline_tools.insight.survey.episodes import Episode, Survey, survey

__all__ = ["Episode", "Survey", "survey"]
