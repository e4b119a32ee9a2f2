"""Tables as CSV that no spreadsheet takes for formulas."""

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_csv(table: pd.DataFrame) -> str:
    """A table as CSV in which a text cell that a spreadsheet would take for a formula gets an apostrophe, the name of
    a column too."""

    def safe(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell

    text = table.select_dtypes(exclude="number").columns
    plain = table.assign(**{column: table[column].map(safe) for column in text})
    return plain.rename(columns=safe).to_csv(index=False)
