"""From the text of a formula to a syntax tree, refusing on the way every sign and word that is not of the grammar.

The text is cut into tokens, and only the signs and words listed here reach the parser as what they are: any other
word becomes a plain name, so that no statement, clause or operator of SQL beyond the grammar can be read as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, SqlglotError

from cadran.catalogue.problems import Problem
from cadran.errors import NO_TEXT, Text, did_you_mean

MAX_LENGTH = 2_000
MAX_NESTING = 20

_SIGNS = "+ - * / ( ) , . = <> != < <= > >="
_KEYWORDS = "and or not in between is null like case when then else end true false distinct filter where"
_AGGREGATES = "sum count avg min max median quantile"
_FUNCTIONS = "coalesce nullif abs round least greatest lower date_diff"
OPERATORS, KEYWORDS, AGGREGATES = (frozenset(words.split()) for words in (_SIGNS, _KEYWORDS, _AGGREGATES))
FUNCTIONS = AGGREGATES | frozenset(_FUNCTIONS.split())

_NAME = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,12})?|\.\d{1,12}")
_FORBIDDEN_CHARACTER = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIALECT = DuckDB()
_ADVICE = {
    ";": Text("Écrivez une seule expression.", "Write a single expression."),
    "::": Text("Les conversions de type ne sont pas admises.", "Type conversions are not allowed."),
    "==": Text("Écrivez « = ».", 'Write "=".'),
    "{": Text("Les accolades sont réservées aux indicateurs dérivés.", "Braces are kept for derived KPIs."),
    "%": Text("Pour un pourcentage, divisez par 100.", "For a percentage, divide by 100."),
}
_QUOTED = Text("Pour un texte, écrivez des apostrophes droites : 'PME'.", "For a text, write single quotes: 'PME'.")
_OVER = Text("Les fonctions de fenêtre ne sont pas admises.", "Window functions are not allowed.")


@dataclass(frozen=True)
class Reading:
    """The tree of a text, or None where it cannot be parsed, with every problem found so far."""

    tree: exp.Expr | None
    problems: tuple[Problem, ...]


def read(text: str, *, quoted_names: bool = False) -> Reading:
    """Read one expression. With `quoted_names` every name must stand in double quotes (derived formulas put KPI ids
    there), without it none may."""
    refusal = _refused_outright(text)
    if refusal:
        return Reading(None, (refusal,))
    try:
        tokens = _DIALECT.tokenize(text)
    except SqlglotError:
        return Reading(None, (_unclosed(text),))
    problems = (*_comments(text, tokens), *_refused_tokens(text, tokens, quoted_names), *_too_nested(text, tokens))
    if any(problem.code == "formula_too_deep" for problem in problems):
        return Reading(None, problems)
    tree, unparsed = _parse(text, [_tamed(text, tokens, index) for index in range(len(tokens))])
    return Reading(tree, problems or unparsed)


def start_of(node: exp.Expr) -> int:
    """The position in the text, from 1, of the first character known to belong to `node`."""
    return 1 + int(min((part.meta["start"] for part in node.walk() if "start" in part.meta), default=0))


def too_deep(position: int) -> Problem:
    message = Text("La formule est trop imbriquée.", "The formula is nested too deeply.")
    return Problem("formula_too_deep", message, Text("Découpez-la.", "Split it."), position)


def _refused_outright(text: str) -> Problem | None:
    if not text.strip():
        return Problem("empty_formula", Text("La formule est vide.", "The formula is empty."), position=1)
    if len(text) > MAX_LENGTH:
        message = Text(f"La formule dépasse {MAX_LENGTH} caractères.", f"The formula exceeds {MAX_LENGTH} characters.")
        return Problem("formula_too_long", message, position=MAX_LENGTH + 1)
    character = _FORBIDDEN_CHARACTER.search(text)
    if character:
        message = Text("Un caractère invisible n’est pas admis ici.", "An invisible character is not allowed here.")
        return Problem("forbidden_character", message, position=character.start() + 1)
    return None


def _unclosed(text: str) -> Problem:
    """The tokenizer fails on nothing but a quote or a comment that is not closed."""
    message = Text("Un texte ou un commentaire n’est pas fermé.", "A text or a comment is not closed.")
    opening = max(text.rfind(sign) for sign in ("'", '"', "$", "/*"))
    return Problem("unclosed_text", message, position=max(opening, 0) + 1)


def _raw(text: str, token: Token) -> str:
    return text[token.start : token.end + 1]


def _comments(text: str, tokens: list[Token]) -> Iterator[Problem]:
    """What lies between two tokens and is not blank is a comment."""
    ends = [0, *(token.end + 1 for token in tokens)]
    starts = [*(token.start for token in tokens), len(text)]
    for end, start in zip(ends, starts, strict=True):
        gap = text[end:start]
        if gap.strip():
            message = Text("Les commentaires ne sont pas admis.", "Comments are not allowed.")
            yield Problem("comment", message, position=end + len(gap) - len(gap.lstrip()) + 1)


def _refused_tokens(text: str, tokens: list[Token], quoted_names: bool) -> Iterator[Problem]:
    for index, token in enumerate(tokens):
        raw = _raw(text, token)
        called = index + 1 < len(tokens) and _raw(text, tokens[index + 1]) == "("
        if token.token_type is TokenType.IDENTIFIER:
            if not (quoted_names and raw.startswith('"')):
                yield _refused(raw, token, _QUOTED)
        elif _NAME.fullmatch(raw):
            if raw.lower() in KEYWORDS:
                continue
            if called and raw.lower() not in FUNCTIONS:
                yield _unknown_function(raw, token)
            elif quoted_names and not called:
                yield _refused(raw, token, Text(f"Écrivez {{{raw}}}.", f"Write {{{raw}}}."))
        elif not _is_plain(raw, token):
            yield _refused(raw, token, _ADVICE.get(raw, NO_TEXT))


def _is_plain(raw: str, token: Token) -> bool:
    if token.token_type is TokenType.STRING:
        return raw.startswith("'")
    return raw in OPERATORS or _NUMBER.fullmatch(raw) is not None


def _refused(raw: str, token: Token, advice: Text) -> Problem:
    message = Text(f"« {raw} » n’est pas admis dans une formule.", f'"{raw}" is not allowed in a formula.')
    return Problem("refused_sign", message, advice, token.start + 1)


def _unknown_function(raw: str, token: Token) -> Problem:
    message = Text(f"La fonction « {raw} » n’existe pas ici.", f'There is no function "{raw}" here.')
    known = ", ".join(sorted(FUNCTIONS))
    listed = Text(f"Fonctions admises : {known}.", f"Allowed functions: {known}.")
    advice = _OVER if raw.lower() == "over" else did_you_mean(raw, FUNCTIONS)
    return Problem("unknown_function", message, advice if advice.fr else listed, token.start + 1)


def _too_nested(text: str, tokens: list[Token]) -> Iterator[Problem]:
    steps = {"(": 1, "case": 1, ")": -1, "end": -1}
    depth = 0
    for token in tokens:
        depth += steps.get(_raw(text, token).lower(), 0)
        if depth > MAX_NESTING:
            yield too_deep(token.start + 1)
            return


def _tamed(text: str, tokens: list[Token], index: int) -> Token:
    """The token as the parser may see it: a word that is no keyword of the grammar is a plain name."""
    token = tokens[index]
    raw = _raw(text, token)
    is_date = raw.lower() == "date" and index + 1 < len(tokens) and tokens[index + 1].token_type is TokenType.STRING
    if not _NAME.fullmatch(raw) or raw.lower() in KEYWORDS or is_date:
        return token
    return Token(TokenType.VAR, raw, token.line, token.col, token.start, token.end)


def _parse(text: str, tokens: list[Token]) -> tuple[exp.Expr | None, tuple[Problem, ...]]:
    try:
        trees = _DIALECT.parser().parse(tokens, text)
    except ParseError as error:
        return None, (_unparsed(text, error),)
    except RecursionError:
        return None, (too_deep(1),)
    if len(trees) == 1 and isinstance(trees[0], exp.Expr):
        return trees[0], ()
    message = Text("Une formule est une seule expression.", "A formula is a single expression.")
    return None, (Problem("not_one_expression", message, position=1),)


def _unparsed(text: str, error: ParseError) -> Problem:
    """sqlglot gives the line and the column of the last character of what it stumbled on."""
    place = error.errors[0] if error.errors else {}
    word = str(place.get("highlight") or "")
    before = sum(len(line) for line in text.splitlines(keepends=True)[: int(place.get("line") or 1) - 1])
    position = max(1, before + int(place.get("col") or 1) - len(word) + 1)
    message = Text(
        f"La formule ne se lit plus à partir de « {word} ».", f'The formula cannot be read from "{word}" on.'
    )
    advice = Text(
        "Vérifiez les parenthèses, les virgules et ce qui précède.", "Check brackets, commas and what stands before."
    )
    return Problem("unreadable_formula", message, advice, position)
