"""A page of HTML that needs nothing else: written by parts, every text escaped, no script, nothing fetched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 "Source Sans 3", "Segoe UI", Helvetica, Arial, sans-serif; color: #1b2430; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1.02rem; margin: 1.25rem 0 .35rem; } p { margin: .35rem 0; } .quiet { color: #5b6675; }
.headline { font-size: 1.15rem; font-weight: 600; }
.mark { display: inline-block; border: 2px solid #9a5b00; color: #7a4800; padding: 0 .5rem; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .35rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid #e4e8ee; vertical-align: top; }
thead th { border-bottom: 1px solid #5b6675; } tbody th { font-weight: 400; white-space: nowrap; }
pre { background: #f3f5f8; padding: .7rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: .5rem 0; } svg { max-width: 100%; height: auto; }
@page { size: A4; margin: 10mm; }
@media print { body { margin: 0; padding: 0; max-width: none; } h2, h3 { break-after: avoid; }
  table, figure { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; the first column names the rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    @classmethod
    def of(cls, rows: Mapping[str, str], columns: tuple[str, str] = ("", "")) -> "Table":
        """Two columns: names and values."""
        return cls(columns, [(name, value) for name, value in rows.items()])

    def html(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in self.columns)
        head = f"<thead><tr>{head}</tr></thead>" if any(self.columns) else ""
        body = "".join(
            f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
            for first, *rest in self.rows
        )
        return f'<div class="scroll" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def heading(text: str, level: int = 2) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    return f"<p{f' class={chr(34)}{escape(kind)}{chr(34)}' if kind else ''}>{escape(text)}</p>"


def code(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>"


def drawing(svg: str, said: str) -> str:
    """An SVG made here, with what it shows in words."""
    return f'<figure role="img" aria-label="{escape(said)}">{svg}</figure>'


def page(title: str, parts: Sequence[str]) -> str:
    """The whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )
