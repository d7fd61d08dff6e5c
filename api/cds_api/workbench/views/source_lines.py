"""Source text as lines of tokens: coloured by their kind, and linked to the parts of a rulebook they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from cds_engine.rulebook.references import Part
from pygments.lexer import Lexer
from pygments.lexers.data import JsonLexer, YamlLexer
from pygments.lexers.special import TextLexer
from pygments.lexers.testing import GherkinLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType
from pygments.token import Literal as LiteralToken

Language = Literal["yaml", "json", "gherkin", "text"]
FindPart = Callable[[str], Part | None]
"""Returns the part of the rulebook that a word of a source text names, if it names one."""
_LEXERS: Mapping[Language, type[Lexer]] = {
    "yaml": YamlLexer,
    "json": JsonLexer,
    "gherkin": GherkinLexer,
    "text": TextLexer,
}
_KINDS = (
    (Comment, "comment"),
    (Name.Tag, "key"),
    (Keyword, "keyword"),
    (Number, "number"),
    (Name.Variable, "variable"),
    (String, "string"),
    (Name.Constant, "string"),
    (LiteralToken.Scalar, "scalar"),
)
"""Kinds of tokens and the classes by which the stylesheet colours them."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line; ``kind`` is empty for what has no colour of its own."""

    text: str
    kind: str = ""
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line, numbered from 1."""

    number: int
    tokens: tuple[Token, ...]


def no_part(_: str) -> None:
    """Link no word."""


def source_lines(
    text: str, language: Language, *, find: FindPart = no_part, first: int = 1
) -> tuple[Line, ...]:
    """Return ``text`` as lines of tokens.

    Args:
        text: the source.
        language: what it is written in.
        find: what a key or a plain value names.
        first: the number of the first line.
    """
    lexer = _LEXERS[language](stripnl=False, ensurenl=False)
    lines: list[Line] = []
    tokens: list[Token] = []
    for token in _merged(_tokens(lexer, text, find)):
        head, *others = token.text.split("\n")
        tokens += [Token(head, token.kind, token.part)] if head else []
        for rest in others:
            lines.append(Line(first + len(lines), tuple(tokens)))
            tokens = [Token(rest, token.kind, token.part)] if rest else []
    if tokens:
        lines.append(Line(first + len(lines), tuple(tokens)))
    return tuple(lines)


def _tokens(lexer: Lexer, text: str, find: FindPart) -> Iterator[Token]:
    for type_, value in lexer.get_tokens(text):
        kind = _kind(type_)
        yield Token(value, kind, find(value) if kind in ("key", "scalar", "variable") else None)


def _merged(tokens: Iterable[Token]) -> Iterator[Token]:
    """Join neighbours that look the same; a text arrives as one token for each word."""
    last: Token | None = None
    for token in tokens:
        if last is not None and token.part is None and last.part is None and token.kind == last.kind:
            last = Token(last.text + token.text, last.kind)
            continue
        if last is not None:
            yield last
        last = token
    if last is not None:
        yield last


def _kind(type_: _TokenType) -> str:
    return next((kind for known, kind in _KINDS if type_ in known), "")
