"""Cadran measures a B2B sales force, explains the numbers and helps act on them."""

__version__ = "0.1.0"
