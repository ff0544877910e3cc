"""The mark of the product: an arc from eight o'clock to noon, a tick at noon, an arc beyond. Never in a box."""

from __future__ import annotations

from cadran.present.marks.svg import arc, drawing, element

WIDTH, HEIGHT = 32.0, 25.0
CENTRE, RADIUS, THICK = 16.0, 10.6, 4.4
BEYOND = THICK * 1.2
FIRST, LAST, GAP = -120.0, 61.0, 9.0  # degrees from noon


def logo(size: float = 28.0, label: str = "") -> str:
    """`size` pixels wide, 16 or more; hidden from screen readers unless it has a label. Raises ValueError under 16."""
    if size < 16:
        raise ValueError(f"the mark is not drawn at {size} pixels: 16 at least")
    return drawing(
        "logo",
        size,
        size * HEIGHT / WIDTH,
        label,
        element("path", class_="done", d=arc(FIRST, 0.0, RADIUS, CENTRE), stroke_width=THICK, fill="none"),
        element("path", class_="beyond", d=arc(GAP, LAST, RADIUS, CENTRE), stroke_width=BEYOND, fill="none"),
        element("line", class_="noon", x1=CENTRE, x2=CENTRE, y1=0.4, y2=10.2, stroke_width=2.4),
        box=(WIDTH, HEIGHT),
    )
