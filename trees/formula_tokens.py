"""The words, signs, numbers and references that formulas consist of, read one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<reference>\{[^{}]*\})|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)"
    r"|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|==|!=|//|[<>+\-*/%(),]))"
)


class ExpressionError(ValueError):
    """A formula that is none, or that makes no sense.

    Args:
        message: What is wrong.
        offset: Where, in characters from the beginning of the formula.
        rule: The rule that was broken.
        remedy: What to do.
    """

    def __init__(
        self, message: str, offset: int, rule: str = "expression", remedy: str = ""
    ) -> None:
        super().__init__(message)
        self.offset = offset
        self.rule = rule
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a text, a word, a sign or a reference."""

    sort: str
    text: str
    offset: int


def shown(token: Token) -> str:
    """A token as messages show it."""
    return repr(token.text) if token.text else "the end"


def tokens_of(text: str) -> list[Token]:
    """The tokens of a formula.

    Raises:
        ExpressionError: A character means nothing.
    """
    tokens, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionError(
                f"{text[at]!r} has no meaning in a formula",
                at,
                remedy="A formula has numbers, 'text', {references}, and, or, not, in, "
                "< <= > >= == != + - * / // %, abs, min, max, round and len.",
            )
        sort = str(match.lastgroup)
        tokens.append(Token(sort, match[sort], match.start(sort)))
        place = match.end()
    return tokens


class TokenReader:
    """Goes through the tokens of a formula.

    Raises:
        ExpressionError: A character means nothing in a formula.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)
        self._end = len(text)
        self._place = 0

    def peek(self) -> Token:
        """The token that comes next; at the end one of the sort ``end``."""
        if self._place < len(self._tokens):
            return self._tokens[self._place]
        return Token("end", "", self._end)

    def take(self) -> Token:
        """The next token, which counts as read from now on."""
        token = self.peek()
        self._place += 1
        return token

    def accept(self, *texts: str) -> Token | None:
        """The next token if it is one of these words or signs, which is read then."""
        token = self.peek()
        if token.sort in ("word", "sign") and token.text in texts:
            return self.take()
        return None

    def expect(self, text: str) -> None:
        """Read one word or sign.

        Raises:
            ExpressionError: Something else comes.
        """
        token = self.peek()
        if self.accept(text) is None:
            raise ExpressionError(f"found {shown(token)}, expected {text!r}", token.offset)

    def expect_end(self) -> None:
        """Make sure that nothing comes any more.

        Raises:
            ExpressionError: Something comes.
        """
        token = self.peek()
        if token.sort != "end":
            raise ExpressionError(
                f"found {shown(token)}, expected an operator or the end", token.offset
            )
