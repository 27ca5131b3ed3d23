"""The grade as HTML: a page of its own for `--html`, or one exercise inside a notebook.

All of it is in the one text: style, plots and images; there is no script, and nothing is loaded. Every
rule of the style stands below `.grader-report`, so that a notebook around it keeps its own looks. Words
go through `_text`, which escapes them, and never into the style, a comment or the name of a tag. The
result is ASCII: other characters are references, so no reader needs to be told an encoding.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from grader.flags import READY_MADE, TAMPERING
from grader.model import CheckGrade, ExerciseGrade, Grade, Outcome
from grader.report import plots
from grader.report.style import STYLE
from grader.text import clean_line

OUTCOMES: dict[Outcome, tuple[str, str]] = {  # icon and word
    "passed": ("✔", "passed"),
    "failed": ("✘", "failed"),
    "error": ("✘", "stopped"),
    "timeout": ("✘", "took too long"),
    "todo": ("○", "to do"),
    "blocked": ("…", "waiting"),
}


def page(grade: Grade) -> str:
    """The whole report as one page."""
    # No script, no other file: even text that got through unescaped could load nothing and do nothing.
    style_hash = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    title = f"{grade.score:g} of {grade.max_score:g} points"
    return _ascii(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}: Convolutions by Hand</title>
<style>{STYLE}</style>
</head>
<body class="grader-report">
<main>
<header>
<h1>Convolutions by Hand: your report</h1>
{_summary(grade, title)}
</header>
<h2>Exercises</h2>
{_overview(grade)}
{"".join(_exercise(exercise, anchor=True) for exercise in grade.exercises if _has_details(exercise))}
<footer><p>{_how(grade)}</p></footer>
</main>
</body>
</html>
"""
    )


def fragment(exercise: ExerciseGrade) -> str:
    """One exercise with its own style, to be shown inside another page such as a notebook."""
    return _ascii(f'<style>{STYLE}</style>\n<div class="grader-report">{_exercise(exercise)}</div>')


def _ascii(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _text(words: str) -> str:
    """Words as text of a page or as the value of an attribute in quotation marks."""
    return escape(words, quote=True)


# The whole ----------------------------------------------------------------------------------------


def _summary(grade: Grade, title: str) -> str:
    counts = {outcome: sum(exercise.outcome == outcome for exercise in grade.exercises) for outcome in OUTCOMES}
    words = ", ".join(f"{count} {OUTCOMES[outcome][1]}" for outcome, count in counts.items() if count)
    stopped = "" if grade.complete else "<p><strong>The grading was stopped before the end.</strong></p>"
    bar = f'<progress max="{grade.max_score:g}" value="{grade.score:g}" aria-label="Score">{title}</progress>'
    return (
        f'<p class="score"><strong>{grade.score:g}</strong> of {grade.max_score:g} points</p>{bar}'
        f"<p>Exercises: {words or 'none'}.</p>{stopped}"
    )


def _how(grade: Grade) -> str:
    options = grade.options
    how = f"Isolation: {grade.isolation}. Device: {options.device}. Data: {options.data}. Seed: {options.seed}."
    return _text(f"Graded: {clean_line(grade.submission)}. {how} The same seed asks the same questions again.")


def _overview(grade: Grade) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_name(exercise)}</th><td>{_outcome(exercise.outcome)}</td>'
        f'<td class="number">{exercise.score:g} / {exercise.max_score:g}</td></tr>'
        for exercise in grade.exercises
    )
    head = '<th scope="col">Exercise</th><th scope="col">Outcome</th><th scope="col" class="number">Points</th>'
    return f'<table class="overview"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _name(exercise: ExerciseGrade) -> str:
    name = _text(exercise.exercise.name)
    return f'<a href="#{name}">{name}</a>' if _has_details(exercise) else name


def _outcome(outcome: Outcome) -> str:
    icon, word = OUTCOMES[outcome]
    return f'<span class="outcome {outcome}"><span aria-hidden="true">{icon}</span> {word}</span>'


def _has_details(exercise: ExerciseGrade) -> bool:
    """Whether there is more to tell than that it was not begun."""
    return exercise.message is not None or exercise.outcome not in ("todo", "blocked")


# One exercise -------------------------------------------------------------------------------------


def _exercise(exercise: ExerciseGrade, anchor: bool = False) -> str:
    name = _text(exercise.exercise.name)
    place = f' id="{name}"' if anchor else ""
    message = f'<p class="message">{_text(exercise.message)}</p>' if exercise.message is not None else ""
    grades = () if exercise.message is not None else exercise.checks
    checks = "".join(_check(grade, earlier=grades[:index]) for index, grade in enumerate(grades))
    notes = "".join(f"<p>{_text(note)}</p>" for note in exercise.notes)
    flags = "".join(f'<p class="quiet">{_text(_flag(flag))}</p>' for flag in exercise.flags)
    return f"""
<section class="exercise"{place}>
<h2>{name} <small>{_outcome(exercise.outcome)}, {exercise.score:g} of {exercise.max_score:g} points</small></h2>
<p class="quiet">{_text(clean_line(exercise.path))}, explained in docs/en/exercises/{name}.md</p>
{message}{notes}{checks}{flags}
</section>
"""


def _flag(flag: str) -> str:
    for kind, label in ((READY_MADE, "A look at the source"), (TAMPERING, "For the instructor")):
        flag = flag.replace(f"{kind}: ", f"{label}: ", 1) if flag.startswith(kind) else flag
    return clean_line(flag)


def _check(grade: CheckGrade, earlier: Sequence[CheckGrade]) -> str:
    points = f"{grade.score:g} of {grade.check.points:g} point{'s' if grade.check.points != 1 else ''}"
    if any(grade.repeats(other) for other in earlier):
        parts = ['<p class="quiet">The same as above.</p>']
    else:
        parts = [f'<p class="message">{_text(grade.message)}</p>' if grade.message else ""]
        parts += [plots.plot(picture) for picture in grade.pictures]
        if grade.mistake is not None and grade.mistake not in {other.mistake for other in earlier}:
            parts.append(f'<p class="mistake"><strong>It looks like this:</strong> {_text(grade.mistake)}</p>')
        if grade.outcome == "failed":
            parts += _hints(grade.check.hints)
    return (
        f'<section class="check {grade.outcome}"><h3>{_outcome(grade.outcome)} {_text(grade.check.title)} '
        f"<small>{points}</small></h3>{''.join(parts)}</section>"
    )


def _hints(hints: tuple[str, ...]) -> Iterable[str]:
    for number, hint in enumerate(hints, start=1):
        yield f"<details><summary>Hint {number} of {len(hints)}</summary><p>{_text(hint)}</p></details>"
