"""The columns of an answer, laid out once for all who ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from cadran.answer import Answer


class LaidOut:
    """Of one answer. `earlier`: an answer to the same question whose columns are laid out, to be brought up to date.
    Safe to use from several threads at once: two that come at the same time lay out the same."""

    def __init__(self, earlier: Answer | None = None) -> None:
        self._earlier = earlier
        self._table: pa.Table | None = None

    @property
    def is_expected(self) -> bool:
        """Whether columns are still to be laid out for somebody who may ask again: there were some before."""
        return self._earlier is not None

    def of(self, answer: Answer) -> pa.Table:
        from cadran.columns import answer_to_arrow
        from cadran.columns_again import up_to_date

        if self._table is None:
            earlier = self._earlier
            self._table = answer_to_arrow(answer) if earlier is None else up_to_date(answer, earlier)
            self._earlier = None  # after the table is there, so that `latest` finds one of the two
        return self._table

    def latest(self, answer: Answer) -> Answer | None:
        """The latest answer with columns: this one, or the one it came after."""
        return self._earlier if self._table is None else answer
