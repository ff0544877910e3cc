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
        "line": {"strokeWidth": 2, "stroke": measure, "strokeJoin": "round"},
        "point": {"size": 28, "filled": True, "fill": measure, "opacity": 1},
        "bar": {"fill": measure, "cornerRadius": 0},
        "area": {"fill": colour("wash-2", scheme)},
        "text": {"font": FONT, "fontSize": 12, "fill": ink},
        "scale": {"bandPaddingInner": 0.25, "bandPaddingOuter": 0.125},
        "range": {
            "ordinal": [colour(name, scheme) for name in ("measure", "soft", "rule-2")],
            "diverging": [colour(name, scheme) for name in ("madder", "soft", "blue")],
        },
        "style": _styles(scheme),
    }


def _styles(scheme: Scheme) -> dict[str, dict[str, Any]]:
    paper, ink, ink_2, ink_3, measure, blue, madder = (
        colour(name, scheme) for name in ("paper", "ink", "ink-2", "ink-3", "measure", "blue", "madder")
    )
    ring = {"fill": paper, "strokeWidth": 2, "size": 110, "opacity": 1}
    whisker = {"strokeWidth": 2}
    return {
        "band": {"fill": colour("wash-2", scheme), "opacity": 1},
        "mean": {"stroke": ink_3, "strokeWidth": 1},
        "objective": {"stroke": ink, "strokeWidth": 1.5, "strokeDash": [5, 3]},
        "series": {"stroke": measure, "strokeWidth": 2},
        "other": {"stroke": colour("soft", scheme), "strokeWidth": 1},
        "running": {"stroke": measure, "strokeWidth": 1.5, "strokeDash": [2, 3]},
        "whisker": {"stroke": measure, **whisker},
        "hollow": {"fill": paper, "stroke": ink, "strokeWidth": 2, "size": 50, "opacity": 1},
        "to-date": {"stroke": ink, "strokeWidth": 2},
        "signal-better": {"stroke": blue, **ring},
        "signal-worse": {"stroke": madder, **ring},
        "heart-better": {"fill": blue, "size": 24},
        "heart-worse": {"fill": madder, "size": 24},
        "stem": {"stroke": ink_2, "strokeWidth": 1},
        "flag": {"fill": ink, "stroke": ink},
        "bar-better": {"fill": blue},
        "bar-worse": {"fill": madder},
        "reference": {"stroke": ink, "strokeWidth": 1.5},
        "focus": {"stroke": ink_3, "strokeWidth": 1},
        "hit": {"opacity": 0},
        "label": {"fill": ink_2, "fontSize": 11},
        "label-strong": {"fill": ink, "fontSize": 11, "fontWeight": 620},
        "label-better": {"fill": blue, "fontSize": 11, "fontWeight": 620},
        "label-worse": {"fill": madder, "fontSize": 11, "fontWeight": 620},
        "name": {"fill": ink, "fontSize": 12},
        "number": {"fill": ink, "fontSize": 12, "fontWeight": 620},
    }
