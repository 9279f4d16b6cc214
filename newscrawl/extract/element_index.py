"""Index of the elements below an element by tag and attribute, with which most selectors need no XPath search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from lxml import etree

Element = etree._Element  # lxml's own name for it; there is no public one


class Group:
    """Elements of one tag, in document order, with their classes."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self.elements = list(elements)

    # Read at the first use: most selectors of links and of meta elements test no class.
    @cached_property
    def _classes(self) -> list[str]:
        return [element.get("class", "") for element in self.elements]

    @cached_property
    def _text(self) -> str:
        return "\n".join(self._classes)

    def containing(self, attribute: str, text: str) -> Sequence[Element]:
        if attribute != "class":
            return [element for element in self.elements if text in element.get(attribute, "")]
        if text not in self._text:
            return ()
        return [element for element, value in zip(self.elements, self._classes, strict=True) if text in value]


class Index:
    """Elements below `root` (itself included), by tag; each tag is indexed at its first use."""

    __slots__ = ("_find", "_groups", "root")

    def __init__(self, root: Element, find: Callable[[str], Iterable[Element]]) -> None:
        """Index what `find` returns for a tag: the elements below `root`, in document order."""
        self.root = root
        self._find = find
        self._groups: dict[str, Group] = {}

    def group(self, tag: str) -> Group:
        """Return `root` and the elements in it that have a tag."""
        if tag not in self._groups:
            self._groups[tag] = Group(self._find(tag))
        return self._groups[tag]
