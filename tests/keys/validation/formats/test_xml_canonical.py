"""Canonical XML: the examples of the recommendations, and agreement with an independent implementation.

W3C Canonical XML 1.0 §3, Canonical XML 1.1 §2.4, Exclusive XML Canonicalization 1.0 §2.2.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from keys.validation.formats.xml import c14n
from keys.validation.formats.xml.c14n import METHODS, Method, UnsupportedCanonicalization, canonicalize, method_of
from keys.validation.formats.xml.nodeset import NodeSet

INCLUSIVE, EXCLUSIVE = Method(), Method(exclusive=True)


def whole(xml: str, method: Method) -> str:
    return canonicalize(etree.fromstring(xml.encode()), method, whole_document=True).decode()


def part(xml: str, path: str, method: Method) -> str:
    (found,) = etree.fromstring(xml.encode()).xpath(path)
    return canonicalize(found, method).decode()


def test_processing_instructions_and_comments_beside_the_root_stand_on_lines_of_their_own() -> None:
    xml = "<?xml version='1.0'?>\n<?xml-stylesheet   href='a.xsl'\n   type='text/xsl'   ?><!-- một --><doc/>\n<?pi?>"
    assert whole(xml, INCLUSIVE) == "<?xml-stylesheet href='a.xsl'\n   type='text/xsl'   ?>\n<doc></doc>\n<?pi?>"
    assert "<!-- một -->\n<doc>" in whole(xml, Method(comments=True))


def test_tags_attributes_and_namespaces_are_put_in_order() -> None:
    xml = '<e5 a:attr="out" b:attr="sorted" attr2="all" attr="I\'m" xmlns:b="http://b" xmlns:a="http://a" xmlns="http://o"/>'
    expected = (
        '<e5 xmlns="http://o" xmlns:a="http://a" xmlns:b="http://b" attr="I\'m" attr2="all" a:attr="out" '
        'b:attr="sorted"></e5>'
    )
    assert whole(xml, INCLUSIVE) == expected


def test_superfluous_declarations_go_and_an_undeclared_default_stays() -> None:
    xml = '<a xmlns="http://o"><b xmlns="http://o"><c xmlns=""><d xmlns=""/></c></b></a>'
    assert whole(xml, INCLUSIVE) == '<a xmlns="http://o"><b><c xmlns=""><d></d></c></b></a>'


def test_characters_are_written_as_the_recommendation_says() -> None:
    xml = "<a b='&quot;&lt;&amp;&gt;&#9;&#10;&#13;'>&lt;&amp;&gt;&quot;&#13;<![CDATA[<x>&]]></a>"
    expected = '<a b="&quot;&lt;&amp;>&#x9;&#xA;&#xD;">&lt;&amp;&gt;"&#xD;&lt;x&gt;&amp;</a>'
    assert whole(xml, INCLUSIVE) == expected


def test_an_inclusive_part_carries_the_namespaces_and_xml_attributes_around_it() -> None:
    xml = '<a xmlns="urn:a" xmlns:n="urn:n" xml:lang="vi" xml:space="preserve"><b xml:lang="en"><c/></b></a>'
    expected = '<b xmlns="urn:a" xmlns:n="urn:n" xml:lang="en" xml:space="preserve"><c></c></b>'
    assert part(xml, "*", INCLUSIVE) == expected


def test_an_exclusive_part_carries_only_what_it_uses_and_what_is_listed() -> None:
    inner = '<n1:el xmlns:n1="http://x" xml:lang="vi"><n3:s/></n1:el>'
    xml = f'<n0:local xmlns:n0="foo:bar" xmlns:n3="ftp://example.org">{inner}</n0:local>'
    expected = '<n1:el xmlns:n1="http://x" xml:lang="vi"><n3:s xmlns:n3="ftp://example.org"></n3:s></n1:el>'
    assert part(xml, "*", EXCLUSIVE) == expected
    listed = Method(exclusive=True, prefixes=frozenset({"n0"}))
    assert part(xml, "*", listed).startswith('<n1:el xmlns:n0="foo:bar" xmlns:n1="http://x" xml:lang="vi">')


def test_the_default_namespace_can_be_listed() -> None:
    xml = '<a xmlns="urn:a"><p:b xmlns:p="urn:p"><p:c/></p:b></a>'
    listed = Method(exclusive=True, prefixes=frozenset({""}))
    assert part(xml, "*", listed) == '<p:b xmlns="urn:a" xmlns:p="urn:p"><p:c></p:c></p:b>'


def test_version_1_1_does_not_inherit_ids_and_refuses_to_join_bases() -> None:
    newer = Method(version_11=True)
    assert part('<a xml:id="x" xml:lang="vi"><b/></a>', "*", newer) == '<b xml:lang="vi"></b>'
    assert 'xml:id="x"' in part('<a xml:id="x"><b/></a>', "*", INCLUSIVE)
    with pytest.raises(UnsupportedCanonicalization):
        part('<a xml:base="http://x/"><b/></a>', "*", newer)


def test_an_attribute_keeps_its_own_prefix_where_two_stand_for_one_namespace() -> None:
    xml = '<a xmlns:p="urn:n" xmlns:q="urn:n" q:y="1" p:x="2"/>'
    assert part(f"<r>{xml}</r>", "*", EXCLUSIVE) == '<a xmlns:p="urn:n" xmlns:q="urn:n" p:x="2" q:y="1"></a>'


def test_a_default_namespace_inherited_by_a_part_is_not_undeclared_inside_it() -> None:
    """The library's own inclusive form of a subtree writes ``<c xmlns="">`` here, which would change the digest."""
    xml = '<?pi a?><r xmlns="urn:d"><b><c/></b></r>'
    (element,) = etree.fromstring(xml.encode()).xpath("/*")
    assert canonicalize(element, INCLUSIVE) == b'<r xmlns="urn:d"><b><c></c></b></r>'


def test_relative_namespace_names_have_no_canonical_form() -> None:
    """Canonical XML 1.0 §1.3, however it is computed."""
    xml = '<a xmlns="tuong/doi"><b/></a>'
    for attempt in (
        lambda: whole(xml, INCLUSIVE),
        lambda: part(xml, "*", INCLUSIVE),
        lambda: part(xml, "*", EXCLUSIVE),
    ):
        with pytest.raises(UnsupportedCanonicalization):
            attempt()


def test_methods_are_read_from_their_element() -> None:
    listed = etree.fromstring(
        '<m Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">'
        '<i:InclusiveNamespaces xmlns:i="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="#default soap"/></m>'
    )
    assert method_of(listed) == Method(exclusive=True, prefixes=frozenset({"", "soap"}))
    assert method_of(etree.fromstring('<m Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>')).version_11
    with pytest.raises(UnsupportedCanonicalization):
        method_of(etree.fromstring('<m Algorithm="http://www.w3.org/2010/xml-c14n2"/>'))


def test_a_filtered_tree_keeps_the_namespaces_of_the_last_written_ancestor() -> None:
    """An element whose parent is left out declares again what it needs (Canonical XML 1.0 §2.3, document subsets)."""
    root = etree.fromstring(
        '<a xmlns="urn:a" xmlns:p="urn:p" xml:lang="vi"><b xmlns:p="urn:q"><c/>mất</b>còn</a>'.encode()
    )
    dropped = root[0]
    nodes = NodeSet(root, whole_document=True).filtered(lambda node: node is not dropped)
    expected = '<a xmlns="urn:a" xmlns:p="urn:p" xml:lang="vi"><c xmlns:p="urn:q" xml:lang="vi"></c>còn</a>'
    assert nodes.octets(INCLUSIVE).decode() == expected


@pytest.mark.parametrize("method", METHODS.values(), ids=str)
@pytest.mark.parametrize("whole_document", [True, False])
def test_an_element_cut_out_leaves_everything_else_as_it_was(method: Method, whole_document: bool) -> None:
    xml = (
        '<?a?><a xmlns="urn:a" xmlns:p="urn:p" xmlns:q="urn:p"><!--1-->x<p:b xmlns:r="urn:p"><r:c/></p:b>y<d/><?b?></a>'
    )
    root = etree.fromstring(xml)
    before = etree.tostring(root.getroottree())
    cut = NodeSet(root, whole_document=whole_document, comments=True).without(root[1])
    rest = etree.fromstring(xml.replace('<p:b xmlns:r="urn:p"><r:c/></p:b>', ""))
    assert cut.octets(method) == canonicalize(rest, method, whole_document=whole_document)
    assert etree.tostring(root.getroottree()) == before


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Small documents full of namespaces, declared, redeclared and undeclared."""
    uris, prefixes = ("urn:a", "urn:b", "urn:c"), ("", "p", "q")

    def element(depth: int, scope: dict[str, str]) -> str:
        declared = draw(st.dictionaries(st.sampled_from(prefixes), st.sampled_from(uris), max_size=2))
        if scope.get("") and draw(st.booleans()):
            declared.setdefault("", "")
        inside = {**scope, **declared}
        usable = st.sampled_from([prefix for prefix, uri in inside.items() if prefix and uri] + [""])
        prefix = draw(usable)
        name = f"{prefix}:{draw(st.sampled_from('ab'))}".lstrip(":")
        attributes: dict[tuple[str, str], str] = {}
        for _ in range(draw(st.integers(0, 2))):
            own, local = draw(usable), draw(st.sampled_from("xy"))
            text = draw(st.sampled_from(("1", "&amp;&#10;&#13;", "ễ&quot;")))
            attributes.setdefault((inside[own] if own else "", local), f' {own}:{local}="{text}"'.replace(" :", " "))
        if draw(st.booleans()):
            attributes["xml", "lang"] = f' xml:lang="{draw(st.sampled_from(("vi", "en")))}"'
        texts = st.sampled_from(("", "chữ &amp; số\r\n", "<!--c-->", "<?pi x?>", "<![CDATA[<&]]>"))
        count = draw(st.integers(0, 2)) if depth else 0
        body = "".join(draw(texts) + element(depth - 1, inside) for _ in range(count)) + draw(texts)
        spaces = "".join(f' xmlns{":" + key if key else ""}="{uri}"' for key, uri in declared.items())
        return f"<{name}{spaces}{''.join(attributes.values())}>{body}</{name}>"

    beside = st.sampled_from(("", "<!--trước-->", "<?trước a?>"))
    return draw(beside) + element(3, {"": ""}) + draw(beside)


@settings(max_examples=150, deadline=None)
@given(documents())
def test_both_implementations_agree(xml: str) -> None:
    """Ours, the library's on whole documents, and the library's on exclusive parts write the same bytes."""
    root = etree.fromstring(xml.encode())
    for method in METHODS.values():
        options = {"exclusive": method.exclusive, "with_comments": method.comments}
        ours = c14n._Writer(method, None).document(root)
        assert ours == etree.tostring(root.getroottree(), method="c14n", **options)
        for element in root.iter(etree.Element) if method.exclusive else ():
            assert c14n._Writer(method, None).subtree(element) == etree.tostring(element, method="c14n", **options)


@settings(max_examples=100, deadline=None)
@given(documents())
def test_a_canonical_form_is_its_own_canonical_form(xml: str) -> None:
    for method in METHODS.values():
        once = canonicalize(etree.fromstring(xml.encode()), method, whole_document=True)
        assert canonicalize(etree.fromstring(once), method, whole_document=True) == once


@settings(max_examples=100, deadline=None)
@given(documents())
def test_an_inclusive_part_equals_the_same_part_made_a_document(xml: str) -> None:
    """Parsed again, the inclusive form of a part is the whole-document form, which the library writes."""
    root = etree.fromstring(xml.encode())
    for element in root.iter(etree.Element):
        once = canonicalize(element, Method(comments=True))
        again = etree.tostring(etree.fromstring(once).getroottree(), method="c14n", with_comments=True)
        assert once == again
