"""What a formula may speak of: the sources, their date roles, their columns and their parents.

A source is a table of the sales model as a KPI sees it. Some columns are worked out (an opportunity's first contact,
a contract's due date); some sources are drawn from another table when the company's choice or its data say so (with
`revenue_basis = "signed"`, the lines of `sales` are the won opportunities). The planner writes the SQL of each; here
stand only the names and types that formulas are checked against.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadran.tables.contract import Column, Table, Type
from cadran.tables.model import SALES_MODEL

# The row tables that a source's ids lead to, under the name a formula uses: account.segment, product.category ...
PARENTS = {
    "account_id": ("account", "accounts"),
    "product_id": ("product", "products"),
    "rep_id": ("rep", "reps"),
    "opportunity_id": ("opportunity", "opportunities"),
    "lead_id": ("lead", "leads"),
}


@dataclass(frozen=True)
class Source:
    """A source: the model table it looks like, the dates that may put a row in a period, the worked-out columns, and
    whether `credits` may share its rows: as facts of the table they are drawn from."""

    name: str
    table: Table
    date_roles: tuple[str, ...]
    worked_out: tuple[tuple[str, Type], ...] = ()
    is_shared: bool = False

    @property
    def parents(self) -> dict[str, Table]:
        """Parent name -> its table, for the ids this source carries (never the row's own key)."""
        own = set(self.table.key)
        return {
            name: SALES_MODEL[table]
            for column, (name, table) in PARENTS.items()
            if column in self.table and column not in own
        }

    def column_types(self) -> dict[str, Type]:
        """Every name a formula may use, with its type: own columns, worked-out ones, `parent.column`, and a parent's
        column by its short name where only one parent has it and the source has none of that name."""
        types = {column.name: column.type for column in self.table.columns} | dict(self.worked_out)
        short: dict[str, list[Column]] = {}
        for parent, table in self.parents.items():
            for column in table.columns:
                types[f"{parent}.{column.name}"] = column.type
                short.setdefault(column.name, []).append(column)
        unique = {name: columns[0].type for name, columns in short.items() if len(columns) == 1}
        return unique | types

    def full_name(self, name: str) -> str:
        """`segment` -> `account.segment`; names of the source's own columns stay as they are."""
        if name in self.table or name in dict(self.worked_out) or "." in name:
            return name
        owners = [parent for parent, table in self.parents.items() if name in table]
        return f"{owners[0]}.{name}" if len(owners) == 1 else name


def _source(
    name: str, table: str, roles: str, worked_out: dict[str, Type] | None = None, is_shared: bool = False
) -> Source:
    return Source(name, SALES_MODEL[table], tuple(roles.split()), tuple((worked_out or {}).items()), is_shared)


_SOURCES = (
    # The rows that make revenue, by the company's basis: invoices and credit notes, orders, or won opportunities.
    _source("sales", "sales", "sold_on", {"first_purchase_on": Type.DATE}, is_shared=True),
    # Orders, whatever the basis; won opportunities where the company records no order.
    _source("orders", "sales", "sold_on", is_shared=True),
    # Orders (+) and what was invoiced of them (-): their running sum per order is what is left to invoice.
    _source("order_movements", "sales", "sold_on", is_shared=True),
    # Leads; where the company has none, the opportunities of its accounts. `prospect_id` is the account, or the lead
    # that has none; `was_client` tells who bought before that first contact.
    _source(
        "leads",
        "leads",
        "first_contact_on qualified_on client_on lost_on",
        {"prospect_id": Type.ID, "was_client": Type.BOOLEAN},
    ),
    # `outcome`, `closed_on` and `probability` are those known on the evening of `as_of`.
    _source(
        "opportunities",
        "opportunities",
        "closed_on created_on first_contact_on expected_close_on",
        is_shared=True,
    ),
    # `renewed` and `kept` (the client still has a contract) are null while the outcome is pending.
    _source(
        "contracts",
        "contracts",
        "due_on starts_on signed_on ends_on",
        {"due_on": Type.DATE, "renewed": Type.BOOLEAN, "kept": Type.BOOLEAN},
    ),
    _source("activities", "activities", "happened_at"),
    _source("feedback", "feedback", "happened_at"),
    _source("assessments", "assessments", "happened_at"),
    _source("stage_changes", "stage_changes", "entered_at"),
    _source("payments", "payments", "paid_on"),
)

SOURCES: dict[str, Source] = {source.name: source for source in _SOURCES}

# Names a formula may use besides columns: the first day of the period, the day after its last, and the day the
# answer is as of.
PERIOD_SYMBOLS = {"period_start": Type.DATE, "period_end": Type.DATE, "as_of": Type.DATE}
