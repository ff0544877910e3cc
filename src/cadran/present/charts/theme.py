"""The one theme of every chart. A specification names styles (band, mean, signal-better ...) and never a colour, so
the same specification is drawn light, dark or on paper."""

from __future__ import annotations

from typing import Any

from cadran.present.charts.palette import Scheme, colour

FONT = "Inter, system-ui, sans-serif"


def theme(scheme: Scheme) -> dict[str, Any]:
    """A Vega-Lite configuration."""
    ink, rule, measure = (colour(name, scheme) for name in ("ink", "rule", "measure"))
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelFont": FONT,
            "labelFontSize": 11,
            "labelColor": colour("ink-3", scheme),
            "title": None,
            "ticks": False,
            "domainColor": ink,
            "domainWidth": 1,
            "gridColor": rule,
            "gridWidth": 1,
        },
        "axisX": {"grid": False, "labelPadding": 8, "labelAngle": 0},
        "axisY": {
            "domain": False,
            "grid": True,
            "labelAlign": "left",
            "labelBaseline": "bottom",
            "labelPadding": 0,
            "labelOffset": -3,
        },
        "legend": {"disable": True},
        "line": {"color": measure, "strokeJoin": "round"},
        "point": {"size": 28, "filled": True, "color": measure, "opacity": 1},
        "bar": {"color": measure, "cornerRadius": 0},
        "area": {"color": colour("wash-2", scheme)},
        "text": {"font": FONT, "fontSize": 12, "color": ink},
        "scale": {"bandPaddingInner": 0.25, "bandPaddingOuter": 0.125},
        "range": {
            "ordinal": [colour(name, scheme) for name in ("measure", "soft", "rule-2")],
            "diverging": [colour(name, scheme) for name in ("madder", "soft", "blue")],
        },
        "style": _styles(scheme),
    }


def _styles(scheme: Scheme) -> dict[str, dict[str, Any]]:
    """`color` is what a mark is painted with, its fill or its line; `stroke` the edge of what is filled.

    A line says its width itself: Vega's default for lines wins over a style. The band is clear, so that
    gridlines and their numbers show through.
    """
    paper, ink, ink_2, ink_3, measure, blue, madder = (
        colour(name, scheme) for name in ("paper", "ink", "ink-2", "ink-3", "measure", "blue", "madder")
    )
    ring = {"color": paper, "strokeWidth": 2, "size": 110, "opacity": 1}
    return {
        "band": {"color": measure, "opacity": 0.09},
        "mean": {"color": ink_3, "strokeWidth": 1},
        "objective": {"color": ink, "strokeDash": [5, 3]},
        "series": {"color": measure},
        "other": {"color": colour("soft", scheme)},
        "running": {"color": measure, "strokeDash": [2, 3]},
        "whisker": {"color": measure, "strokeWidth": 2},
        "hollow": {"color": paper, "stroke": ink, "strokeWidth": 2, "size": 50, "opacity": 1},
        "to-date": {"color": ink, "strokeWidth": 2},
        "signal-better": {"stroke": blue, **ring},
        "signal-worse": {"stroke": madder, **ring},
        "heart-better": {"color": blue, "size": 24},
        "heart-worse": {"color": madder, "size": 24},
        "stem": {"color": ink_2, "strokeWidth": 1},
        "flag": {"color": ink},
        "bar-better": {"color": blue},
        "bar-worse": {"color": madder},
        "reference": {"color": ink, "strokeWidth": 1.5},
        "focus": {"color": ink_3, "strokeWidth": 1},
        "outline": {"filled": False, "color": ink_3, "strokeWidth": 1},
        "hit": {"opacity": 0},
        "label": {"color": ink_2, "fontSize": 11},
        "label-strong": {"color": ink, "fontSize": 11, "fontWeight": 620},
        "label-better": {"color": blue, "fontSize": 11, "fontWeight": 620},
        "label-worse": {"color": madder, "fontSize": 11, "fontWeight": 620},
        "name": {"color": ink, "fontSize": 12},
        "number": {"color": ink, "fontSize": 12, "fontWeight": 620},
    }
