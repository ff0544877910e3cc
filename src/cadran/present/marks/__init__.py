"""The small drawings that stand beside numbers, as inline SVG.

Classes say what a stroke means, styles say how it looks. Each mark is a frozen dataclass and one function that draws
it. No style is inline, every text is escaped, and a mark is either named for screen readers or hidden from them
because its number stands beside it.
"""
