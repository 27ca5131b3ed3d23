"""Pictures on a terminal: arrays side by side, layers as a table, a training as a line of blocks.

Colour is never the only sign: cells that differ carry a star, the row that differs says so. Where the
console has no UTF-8, plain characters stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.text import Text

from grader.pictures import (
    SMALL,
    Array,
    Arrays,
    Curves,
    Images,
    Layers,
    Picture,
    Series,
    Shape,
    begin,
    curve,
    number_format,
    part_shown,
)

BLOCKS, PLAIN_BLOCKS = "▁▂▃▄▅▆▇█", "_.-=+*%#"
BETWEEN = 3  # columns between arrays
PART = 6  # rows and columns of what is shown of a large array
AROUND = 5  # rows of a long table, above and below the first difference
DIFFERENT = "bold red"

Block = list[Text]  # lines of one width


def draw(picture: Picture, width: int, unicode: bool = True) -> Text:
    """The picture, at most `width` columns wide; empty where there is nothing to draw."""
    match picture:
        case Arrays():
            lines = [*_call(picture, width), *_results(picture, width)]
        case Layers():
            lines = _layers(picture, width)
        case Curves():
            lines = _curves(picture, width, BLOCKS if unicode else PLAIN_BLOCKS)
        case Images():
            lines = _images(picture)
    text = Text("\n").join(lines)
    return text if unicode else _ascii(text)


def _ascii(text: Text) -> Text:
    """The same in ASCII: each character becomes one, so that the styles stay in their places."""
    text.plain = text.plain.replace("…", "~").encode("ascii", "replace").decode("ascii")
    return text


# Arrays -------------------------------------------------------------------------------------------


def _call(picture: Arrays, width: int) -> Iterator[Text]:
    """The call, and those of its arrays that are small."""
    if picture.called:
        yield Text(picture.called)
    small = [array for array in picture.given if len(array.rows) <= SMALL[0] and len(array.rows[0]) <= SMALL[1]]
    blocks = [_block(array.name, _cells(array, number_format([array]))) for array in small]
    yield from _side_by_side([block for block in blocks if block[0].cell_len <= width], width)


def _results(picture: Arrays, width: int) -> Iterator[Text]:
    """Target beside yours; of large ones, the part around the cell that differs most."""
    both = [array for array in (picture.expected, picture.yours) if array is not None]
    if not both:
        return
    if picture.called:
        yield Text()
    first = both[0]
    form = number_format(both)
    drawn = [_cells(array, form, picture.differ if array is picture.yours else ()) for array in both]
    room = (width - BETWEEN) // 2 // (len(drawn[-1][0][0]) + 1)
    rows, columns = len(first.rows), len(first.rows[0])
    height = rows if rows <= SMALL[0] else PART
    breadth = columns if columns <= min(room, SMALL[1]) else max(1, min(PART, room))
    row, column = _worst(picture)
    top, left = begin(row, rows, height), begin(column, columns, breadth)
    if part := part_shown(first, top, left, height, breadth):
        yield Text(f"Shown: {part}", style="dim")
    blocks = []
    for array, cells in zip(both, drawn, strict=True):
        name = f"{array.name} (* differs)" if array is picture.yours and picture.differ else array.name
        blocks.append(_block(name, [line[left : left + breadth] for line in cells[top : top + height]]))
    yield from _side_by_side(blocks, width)


def _worst(picture: Arrays) -> tuple[int, int]:
    """The cell that differs most; the first where that cannot be said, as of infinite numbers."""
    if picture.expected is None or picture.yours is None or not picture.differ:
        return 0, 0
    expected, yours = picture.expected.rows, picture.yours.rows
    return max(picture.differ, key=lambda cell: abs(yours[cell[0]][cell[1]] - expected[cell[0]][cell[1]]))


def _cells(array: Array, form: str, differ: Sequence[tuple[int, int]] = ()) -> list[list[str]]:
    """The numbers as text, those that differ with a star, one as wide as the other."""
    star = "*" if differ else ""
    texts = [
        [f"{format(value, form)}{star and ('*' if (i, j) in differ else ' ')}" for j, value in enumerate(row)]
        for i, row in enumerate(array.rows)
    ]
    width = max(len(text) for row in texts for text in row)
    return [[text.rjust(width) for text in row] for row in texts]


def _block(name: str, cells: Sequence[Sequence[str]]) -> Block:
    lines = [Text(" ").join(Text(text, DIFFERENT if "*" in text else "") for text in row) for row in cells]
    title = Text(name, style="italic")
    width = max(title.cell_len, lines[0].cell_len)
    for line in (title, *lines):
        line.pad_right(width - line.cell_len)
    return [title, *lines]


def _side_by_side(blocks: Sequence[Block], width: int) -> Iterator[Text]:
    """Blocks from left to right, in as many rows as it takes."""
    row: list[Block] = []
    for block in [*blocks, None]:
        used = sum(other[0].cell_len + BETWEEN for other in row)
        if row and (block is None or used + block[0].cell_len > width):
            empty = [Text(" " * other[0].cell_len) for other in row]
            for pieces in zip_longest(*row):
                line = Text(" " * BETWEEN).join(piece or space for piece, space in zip(pieces, empty, strict=True))
                line.rstrip()
                yield line
            row = []
        if block is not None:
            row.append(block)


def _number(value: float) -> str:
    return f"{value:.4g}"


# Layers -------------------------------------------------------------------------------------------


def _layers(picture: Layers, width: int) -> list[Text]:
    """One line for each layer; of a long table with a difference, the lines around it."""
    first = picture.first_difference
    start, end = (0, len(picture.rows)) if first is None else (max(0, first - AROUND), first + AROUND + 1)
    table = [
        (row.name, _shape(row.yours), _shape(row.expected), "<- first difference" if number == first else "")
        for number, row in list(enumerate(picture.rows))[start:end]
    ]
    more = ("…", "", "", "")
    head = [("", "yours", "expected", "")] if any(row.expected for row in picture.rows) else []
    table = [*head, *([more] if start else []), *table, *([more] if end < len(picture.rows) else [])]
    widths = [max(cell_len(row[column]) for row in table) for column in range(3)]
    widths[0] = min(widths[0], max(8, width - sum(widths[1:]) - 28))
    lines = [Text(f"{picture.title}:")]
    for name, *cells, mark in table:
        line = Text("  ")
        line.append(_fitted(name, widths[0]))
        for cell, cell_width in zip(cells, widths[1:], strict=True):
            line.append(f"  {cell.ljust(cell_width)}")
        line.append(f"  {mark}")
        line.rstrip()
        line.stylize(DIFFERENT if mark else "")
        lines.append(line)
    return lines


def _fitted(name: str, width: int) -> Text:
    text = Text(name)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def _shape(shape: Shape | None) -> str:
    return "" if shape is None else str(shape)


# Curves and images --------------------------------------------------------------------------------


def _curves(picture: Curves, width: int, blocks: str) -> list[Text]:
    """A line of blocks for each series, all to one scale, with its first and its last number."""
    numbers = [value for series in picture.series for value in series.values if value is not None]
    if not numbers:
        return []
    low, high = min(numbers), max(numbers)
    names = max(len(series.name) for series in picture.series)
    steps = f"{picture.x}s {picture.first} to {picture.last}"
    level = f"; {picture.level[0]}: {_number(picture.level[1])}" if picture.level else ""
    lines = [Text(f"{picture.title}: {picture.y}, {steps}{level}")]
    for series in picture.series:
        known = [value for value in series.values if value is not None]
        if known:
            line = Text(f"  {series.name.ljust(names)}  ")
            ends = f"  {_number(known[0])} to {_number(known[-1])}"
            line.append(_spark(series, low, high, blocks, width - names - 4 - len(ends)), style="cyan")
            line.append(ends)
            lines.append(line)
    return lines


def _spark(series: Series, low: float, high: float, blocks: str, width: int) -> str:
    values = curve(series.name, series.values, max(1, width)).values
    scale = (len(blocks) - 1) / (high - low) if high > low else 0.0
    return "".join(" " if value is None else blocks[round((value - low) * scale)] for value in values)


def _images(picture: Images) -> list[Text]:
    pairs = ", ".join(f"{image.label} as {image.prediction}" for image in picture.images)
    return [Text(f"{picture.title}: {pairs}" if pairs else picture.title)]
