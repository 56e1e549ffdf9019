"""Text that must never be shown: whoever needs it says so by name."""

from typing import NoReturn, final

from typing_extensions import override


@final
class Secret:
    """A secret that prints as `***`, and that neither pickle nor JSON will write."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    @override
    def __repr__(self) -> str:
        return "***"

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
