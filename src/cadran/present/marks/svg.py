"""Elements of SVG as text, and points on a dial."""

from __future__ import annotations

import math
from html import escape

Attribute = str | float | int | None


def element(name: str, *children: str, **attributes: Attribute) -> str:
    """One element. `class_` becomes class, underscores become hyphens, None is left out; children are markup.

    An element with no child is closed at once.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{written(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(children)}</{name}>" if children else f"<{name}{said}/>"


def drawing(
    kind: str,
    width: float,
    height: float,
    label: str,
    *children: str,
    box: tuple[float, float] | None = None,
    stretched: bool = False,
) -> str:
    """A whole drawing of `width` x `height` pixels: an image named `label`, or hidden from readers where that is empty.

    `box` is the size in the drawing's own units where it differs. A `stretched` drawing fills the width it is given.
    """
    across, down = box or (width, height)
    named: dict[str, Attribute] = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return element(
        "svg",
        *children,
        class_=f"mark {kind}",
        viewBox=f"0 0 {written(across)} {written(down)}",
        width="100%" if stretched else width,
        height=height,
        preserveAspectRatio="none" if stretched else None,
        focusable="false",
        **named,
    )


def words(text: str, x: float, y: float, class_: str) -> str:
    return element("text", escape(text), class_=class_, x=x, y=y, text_anchor="middle")


def written(value: Attribute) -> str:
    """A number with at most two decimals, a text escaped."""
    if isinstance(value, str):
        return escape(value, quote=True)
    return f"{round(float(value or 0), 2) + 0.0:g}"


def on_circle(angle: float, radius: float, centre: float) -> tuple[float, float]:
    """The point at `angle` degrees clockwise from noon."""
    turn = math.radians(angle)
    return centre + radius * math.sin(turn), centre - radius * math.cos(turn)


def arc(start: float, end: float, radius: float, centre: float) -> str:
    """The path of an arc, clockwise from `start` to `end`, in degrees from noon; less than a whole turn."""
    (x0, y0), (x1, y1) = on_circle(start, radius, centre), on_circle(end, radius, centre)
    far = 1 if end - start > 180 else 0
    r = written(radius)
    return f"M{written(x0)} {written(y0)}A{r} {r} 0 {far} 1 {written(x1)} {written(y1)}"


def polygon(points: tuple[tuple[float, float], ...], class_: str) -> str:
    return element("polygon", class_=class_, points=" ".join(f"{written(x)},{written(y)}" for x, y in points))
