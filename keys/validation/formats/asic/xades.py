"""XAdES signatures in a container: each file of them names the entries that it signs (EN 319 162-1 clause 4.4.3)."""

from keys.validation.formats import xml
from keys.validation.formats.asic.container import Container
from keys.validation.formats.asic.layout import ASIC_S, Layout
from keys.validation.model import Content, ParsedDocument


def parse(container: Container, layout: Layout) -> list[ParsedDocument]:
    """The signature files of the container, each parsed by itself over the container's entries."""
    contents = [Content(name, data) for name, data in container.entries.items()]
    if layout.kind == ASIC_S:
        contents = [Content(name, container.entries[name]) for name in container.content()]
    several = len(layout.xml_signatures) > 1
    return [
        xml.parse(container.entries[name], contents, container=layout.kind, prefix=f"{name}#" if several else "")
        for name in layout.xml_signatures
    ]
