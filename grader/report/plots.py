"""Pictures as HTML: heat maps, tables, curves and images, drawn as inline SVG and PNG.

What is told by colour is told by words or form too: cells that differ have a frame, lines differ in
their dashes, and every drawing has a text for those who do not see it. The colours of the maps are
the same on light and dark pages: blue below zero, orange above, which everybody can tell apart.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from html import escape

from grader.pictures import (
    Array,
    Arrays,
    Curves,
    Image,
    Images,
    Layers,
    Picture,
    Series,
    Shape,
    number_format,
    part_shown,
)

Colour = tuple[int, int, int]

LOW, ZERO, HIGH = (33, 102, 172), (247, 247, 247), (224, 130, 20)
NOT_A_NUMBER = (120, 120, 120)
NUMBERED = (16, 12)  # rows and columns of the largest map with its numbers
CELL_HEIGHT, CHARACTER = 26, 8  # pixels of a cell with a number in it
PIXEL = 8  # the side of a cell without
WIDTH, HEIGHT = 340, 190  # of a plot, with margins …
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 10, 40  # … for its labels
ZOOM = 3  # of an image
PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins


def plot(picture: Picture) -> str:
    """The picture as HTML; empty where there is nothing to draw."""
    match picture:
        case Arrays():
            return "".join(_arrays(picture))
        case Layers():
            return _layers(picture)
        case Curves():
            return _curves(picture)
        case Images():
            return _images(picture)


def _text(words: str) -> str:
    return escape(words, quote=True)


# Arrays as heat maps ------------------------------------------------------------------------------


def _arrays(picture: Arrays) -> Iterator[str]:
    if picture.called:
        yield f'<p class="called">{_text(picture.called)}</p>'
    if picture.given:
        yield f'<div class="row">{"".join(_map(array, [array]) for array in picture.given)}</div>'
    expected, yours = picture.expected, picture.yours
    if expected is None or yours is None:
        yield "".join(f'<div class="row">{_map(one, [one])}</div>' for one in (expected, yours) if one is not None)
        return
    difference = Array("difference", yours.shape, yours.corner, _minus(yours, expected))
    scale = [expected, yours]
    maps = _map(expected, scale), _map(yours, scale, picture.differ), _map(difference, [difference])
    yield f'<div class="row">{"".join(maps)}</div>'


def _minus(yours: Array, expected: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(one - other for one, other in zip(row, other_row, strict=True))
        for row, other_row in zip(yours.rows, expected.rows, strict=True)
    )


def _map(array: Array, scale: Sequence[Array], differ: Sequence[tuple[int, int]] = ()) -> str:
    """A heat map, in the colours and number format that suit all arrays of `scale`; frames around what differs."""
    numbers = [abs(value) for one in scale for row in one.rows for value in row if math.isfinite(value)]
    largest = max(numbers, default=0.0) or 1.0
    part = part_shown(array)
    size = " × ".join(map(str, array.shape))
    caption = f"{array.name}, {part}" if part else f"{array.name}, {size}"
    if differ:
        caption += f"; {len(differ)} {'cells differ' if len(differ) > 1 else 'cell differs'}"
    small = len(array.rows) <= NUMBERED[0] and len(array.rows[0]) <= NUMBERED[1]
    drawing = _cells(array, number_format(scale), largest, differ) if small else _pixels(array, largest)
    return f"<figure>{drawing}<figcaption>{_text(caption)}</figcaption></figure>"


def _cells(array: Array, form: str, largest: float, differ: Sequence[tuple[int, int]]) -> str:
    """A map with the number in each cell."""
    texts = [[format(value, form) for value in row] for row in array.rows]
    width = max(CELL_HEIGHT, 14 + CHARACTER * max(len(text) for row in texts for text in row))
    parts = []
    for i, (row, values) in enumerate(zip(texts, array.rows, strict=True)):
        for j, (text, value) in enumerate(zip(row, values, strict=True)):
            colour = _colour(value, largest)
            x, y = j * width, i * CELL_HEIGHT
            parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{CELL_HEIGHT}" fill="{_hex(colour)}"/>')
            ink = "dark" if _luminance(colour) > 0.18 else "light"  # where black and white are equally far
            parts.append(f'<text x="{x + width / 2:g}" y="{y + CELL_HEIGHT / 2:g}" class="{ink}">{text}</text>')
    parts += _frames(differ, width, CELL_HEIGHT)
    words = "; ".join(", ".join(row) for row in texts)
    return _svg(len(texts[0]) * width, len(texts) * CELL_HEIGHT, "map", f"{array.name}: {words}", parts)


def _pixels(array: Array, largest: float) -> str:
    """A map of an array that is too large for numbers."""
    colours = [[_colour(value, largest) for value in row] for row in array.rows]
    width, height = len(colours[0]) * PIXEL, len(colours) * PIXEL
    image = f'<image href="{_png(colours)}" width="{width}" height="{height}"/>'
    return _svg(width, height, "map", f"{array.name}, numbers up to {largest:.3g} as colours", [image])


def _frames(differ: Sequence[tuple[int, int]], width: int, height: int) -> Iterator[str]:
    for i, j in differ:
        box = f'x="{j * width + 2}" y="{i * height + 2}" width="{width - 4}" height="{height - 4}"'
        yield f'<rect class="differs-halo" {box}/><rect class="differs" {box}/>'


def _colour(value: float, largest: float) -> Colour:
    if not math.isfinite(value):
        return NOT_A_NUMBER
    share = min(1.0, abs(value) / largest)
    end = HIGH if value > 0 else LOW
    red, green, blue = (round(zero + share * (far - zero)) for zero, far in zip(ZERO, end, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """As WCAG defines it, from 0 to 1."""
    linear = [(part / 255) / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


# Layers -------------------------------------------------------------------------------------------


def _layers(picture: Layers) -> str:
    known = any(row.expected is not None for row in picture.rows)
    head = ["layer", "yours", *(["expected", ""] if known else [])]
    rows = []
    for number, row in enumerate(picture.rows):
        first = number == picture.first_difference
        cells = [_shape(row.yours), *([_shape(row.expected), "← first difference" if first else ""] if known else [])]
        kind = ' class="first-difference"' if first else ""
        body = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr{kind}><th scope="row">{_text(row.name)}</th>{body}</tr>')
    columns = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in head)
    table = f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    title = _text(picture.title)
    return (
        f'<figure class="layers"><figcaption>{title}</figcaption>'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{title}">{table}</div></figure>'
    )


def _shape(shape: Shape | None) -> str:
    return "" if shape is None else str(shape)


# Curves -------------------------------------------------------------------------------------------


def _curves(picture: Curves) -> str:
    numbers = [value for series in picture.series for value in series.values if value is not None]
    if not numbers:
        return ""
    heights = [*numbers, picture.level[1]] if picture.level else numbers
    low, high = min([0.0, *heights]), max(heights)
    high = high if high > low else low + 1
    parts = list(_axes(picture, low, high))
    keys = ""
    if picture.level:
        name, level = picture.level
        parts.append(f'<path class="level" d="M{LEFT} {_up(level, low, high):.1f}H{WIDTH - RIGHT}"/>')
        keys += _key("level", f"{name}: {level:.3g}")
    for number, series in enumerate(picture.series):
        parts += _line(series, number % 2, low, high)
        if known := [value for value in series.values if value is not None]:
            keys += _key(f"line line{number % 2}", f"{series.name}: from {known[0]:.3g} to {known[-1]:.3g}")
    words = f"{picture.title}: {picture.y} of each {picture.x}"
    caption = f"<figcaption>{_text(words)}{keys}</figcaption>"
    return f'<figure class="curves">{_svg(WIDTH, HEIGHT, "plot", words, parts)}{caption}</figure>'


def _axes(picture: Curves, low: float, high: float) -> Iterator[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    yield f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>'
    for value in (low, (low + high) / 2, high):
        y = _up(value, low, high)
        yield f'<path class="axis" d="M{LEFT - 4} {y:.1f}h4"/>'
        yield f'<text x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{value:.2g}</text>'
    for x, anchor, step in ((LEFT, "middle", picture.first), (right, "end", picture.last)):
        yield f'<text x="{x}" y="{bottom + 17}" text-anchor="{anchor}">{step}</text>'
    yield f'<text x="{(LEFT + right) / 2:g}" y="{bottom + 33}" text-anchor="middle">{_text(picture.x)}</text>'
    middle = (TOP + bottom) / 2
    turn = f'transform="rotate(-90 12 {middle:g})"'
    yield f'<text x="12" y="{middle:g}" text-anchor="middle" {turn}>{_text(picture.y)}</text>'


def _line(series: Series, style: int, low: float, high: float) -> Iterator[str]:
    """The known points, joined also over what is not known between them."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(series.values) - 1)
    points = [
        (LEFT + number * step, _up(value, low, high)) for number, value in enumerate(series.values) if value is not None
    ]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if path:
        yield f'<path class="line line{style}" d="M{path}"/>'
    if len(points) <= 10:
        yield from (f'<circle class="dot{style}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points)


def _key(style: str, words: str) -> str:
    sample = f'<path class="{style}" d="M0 6H34"/>'
    drawing = f'<svg class="key" width="34" height="12" viewBox="0 0 34 12" aria-hidden="true">{sample}</svg>'
    return f"<br>{drawing} {_text(words)}"


def _up(value: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP)


# Images -------------------------------------------------------------------------------------------


def _images(picture: Images) -> str:
    figures = "".join(map(_image, picture.images))
    return f'<p>{_text(picture.title)}{":" if figures else "."}</p><div class="row">{figures}</div>'


def _image(image: Image) -> str:
    words = _text(f"{image.label}, read as {image.prediction}")
    rows = [[(grey, grey, grey) for grey in row] for row in image.rows]
    size = f'width="{ZOOM * len(rows[0])}" height="{ZOOM * len(rows)}"'
    return f'<figure><img src="{_png(rows)}" {size} alt="{words}"><figcaption>{words}</figcaption></figure>'


# SVG and PNG --------------------------------------------------------------------------------------


def _svg(width: float, height: float, kind: str, words: str, parts: Sequence[str]) -> str:
    words = _text(words)
    return (
        f'<svg class="{kind}" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{words}"><title>{words}</title>{"".join(parts)}</svg>'
    )


def _png(rows: Sequence[Sequence[Colour]]) -> str:
    """A data: address of an image, red, green and blue from 0 to 255."""
    lines = b"".join(b"\0" + bytes(part for colour in row for part in colour) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    chunks = b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (header, zlib.compress(lines), b"")))
    return f"data:image/png;base64,{base64.b64encode(PNG + chunks).decode()}"


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
