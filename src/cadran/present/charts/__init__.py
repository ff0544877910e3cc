"""Charts as Vega-Lite specifications, for the page, the PDF and the picture alike.

| module | holds |
| --- | --- |
| `palette.py`, `theme.py` | the colours, and the one theme, light and dark |
| `chart.py` | what every chart is: a drawing, a sentence, a table; and its axes |
| `trend.py` | a KPI over time: natural variation, objective, signals, notes, the period still running |
| `multiples.py` | the same small chart for each scope, on one scale |
| `bars.py` | a KPI by a dimension |
"""
