"""Index of the elements below an element by tag and attribute, with which most selectors need no XPath search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lxml import etree

Element = etree._Element  # lxml's own name for it; there is no public one


class Group:
    """Elements of one tag, in document order, with their attributes; each is read at its first use."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self.elements = list(elements)
        self._values: dict[str, tuple[list[str], str]] = {}
        """Values of an attribute, one for each element, and all of them as one text."""

    def containing(self, attribute: str, text: str) -> Sequence[Element]:
        """Return the elements whose attribute contains a text."""
        if attribute not in self._values:
            read = [element.get(attribute, "") for element in self.elements]
            self._values[attribute] = read, "\n".join(read)
        values, joined = self._values[attribute]
        if text not in joined:
            return ()
        return [element for element, value in zip(self.elements, values, strict=True) if text in value]


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
