"""As much of XML Schema as ``junit-10.xsd`` uses: what is else in a schema is an error."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

_XS = "{http://www.w3.org/2001/XMLSchema}"


class Schema:
    """Tells what is wrong with a document: names, attributes, and how often what may occur."""

    def __init__(self, path: Path) -> None:
        root = Xml.parse(path).getroot()
        self._elements = {e.get("name", ""): e for e in root.iter(f"{_XS}element") if e.get("name")}
        self._types = {t.get("name"): t for t in root.findall(f"{_XS}complexType")}

    def faults(self, element: Xml.Element) -> list[str]:
        """Everything in an element, and below it, that the schema does not allow."""
        declared = self._elements.get(element.tag)
        if declared is None:
            return [f"there is no element {element.tag}"]
        declared_type = declared.get("type", "")
        type_ = declared.find(f"{_XS}complexType")
        if type_ is None:
            type_ = self._types.get(declared_type)
        if type_ is None:
            assert declared_type == "xs:string", declared_type
            return [f"{element.tag} holds text only"] if len(element) or element.attrib else []
        found = [*self._attribute_faults(element, type_), *self._child_faults(element, type_)]
        return found + [fault for child in element for fault in self.faults(child)]

    def _attribute_faults(self, element: Xml.Element, type_: Xml.Element) -> list[str]:
        allowed = {a.get("name"): a for a in type_.findall(f"{_XS}attribute")}
        needed = {name for name, a in allowed.items() if a.get("use") == "required"}
        return [
            *(f"{element.tag} has no {name}" for name in needed - set(element.attrib)),
            *(f"{element.tag} may not have {name}" for name in set(element.attrib) - set(allowed)),
        ]

    def _child_faults(self, element: Xml.Element, type_: Xml.Element) -> list[str]:
        listed = [e.get("ref") or e.get("name") for e in type_.iter(f"{_XS}element")]
        groups = [g for g in type_.iter() if g.tag in (f"{_XS}sequence", f"{_XS}choice")]
        repeated = all(e.get("maxOccurs") == "unbounded" for e in type_.iter(f"{_XS}element"))
        assert repeated or any(g.get("maxOccurs") == "unbounded" for g in groups) or not listed
        text = (element.text or "").strip()
        found = [f"{element.tag} may not hold {c.tag}" for c in element if c.tag not in listed]
        if text and type_.get("mixed") != "true":
            found.append(f"{element.tag} may not hold text")
        return found
