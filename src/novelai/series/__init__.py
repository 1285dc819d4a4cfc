"""Series: many pictures from one order, each with its place, its roll and its seed.

Pure: a plan says which pictures there are before anything is sent, `fit` which of them their models
take and which are the same, `prices` what they cost. Lines come first, then rounds, then the axes
Z, Y and X, of which X is the fastest. All cells of a round share its roll.
"""

from novelai.series.fitting import Fit, Skipped, fit, prices
from novelai.series.order import Axis, Line, Series
from novelai.series.planned import SeriesPlan
from novelai.series.planning import Cell, axis_labels, cells_within, entries_of, plan

__all__ = [
    "Axis",
    "Cell",
    "Fit",
    "Line",
    "Series",
    "SeriesPlan",
    "Skipped",
    "axis_labels",
    "cells_within",
    "entries_of",
    "fit",
    "plan",
    "prices",
]
