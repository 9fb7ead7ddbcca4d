"""The names that XML signatures are made of: namespaces, reference types and transforms.

XML-Signature 1.1, XAdES (ETSI EN 319 132-1 and its forerunners TS 101 903), RFC 9231. Algorithms have their own
table in ``keys.validation.algorithms``.
"""

from typing import Final

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
DS11: Final = "http://www.w3.org/2009/xmldsig11#"
XADES_132: Final = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141: Final = "http://uri.etsi.org/01903/v1.4.1#"
XADES_EVIDENCE: Final = "http://uri.etsi.org/19132/v1.1.1#"
XADES_OLD: Final = ("http://uri.etsi.org/01903/v1.1.1#", "http://uri.etsi.org/01903/v1.2.2#")
XADES: Final = frozenset({XADES_132, *XADES_OLD})
"""The namespaces that a QualifyingProperties element may stand in."""
ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
FILTER2: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
XML: Final = "http://www.w3.org/XML/1998/namespace"

SIGNATURE: Final = f"{{{DS}}}Signature"
SIGNED_INFO: Final = f"{{{DS}}}SignedInfo"
SIGNATURE_VALUE: Final = f"{{{DS}}}SignatureValue"
KEY_INFO: Final = f"{{{DS}}}KeyInfo"
OBJECT: Final = f"{{{DS}}}Object"
MANIFEST: Final = f"{{{DS}}}Manifest"
REFERENCE: Final = f"{{{DS}}}Reference"
TRANSFORMS: Final = f"{{{DS}}}Transforms"
TRANSFORM: Final = f"{{{DS}}}Transform"
DIGEST_METHOD: Final = f"{{{DS}}}DigestMethod"
DIGEST_VALUE: Final = f"{{{DS}}}DigestValue"
CANONICALIZATION_METHOD: Final = f"{{{DS}}}CanonicalizationMethod"
SIGNATURE_METHOD: Final = f"{{{DS}}}SignatureMethod"
X509_CERTIFICATE: Final = f"{{{DS}}}X509Certificate"
XPATH: Final = f"{{{DS}}}XPath"

TYPE_OBJECT: Final = f"{DS}Object"
TYPE_MANIFEST: Final = f"{DS}Manifest"
TYPE_COUNTERSIGNED: Final = "http://uri.etsi.org/01903#CountersignedSignature"
TYPES_SIGNED_PROPERTIES: Final = frozenset(
    {"http://uri.etsi.org/01903#SignedProperties", *(f"{namespace}SignedProperties" for namespace in XADES)}
)

TRANSFORM_ENVELOPED: Final = f"{DS}enveloped-signature"
TRANSFORM_BASE64: Final = f"{DS}base64"
TRANSFORM_XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
TRANSFORM_FILTER2: Final = FILTER2
