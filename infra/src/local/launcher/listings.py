"""Keys in S3's answers, as S3 writes them.

MiniStack 1.5.33 leaves `encoding-type=url` out of account in ListObjectVersions and ListMultipartUploads, and writes
characters that XML 1.0 does not have as they are, which no XML parser reads.
"""

import contextvars
import re
from urllib.parse import quote_plus
from xml.etree.ElementTree import Element, tostring

from ministack.services import s3

# What is not a character of XML 1.0 (production 2, `Char`), and the carriage return, which a parser takes for a line
# feed (2.11).
UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# The elements that are encoded (S3 API reference, `EncodingType` of ListObjectVersions and ListMultipartUploads).
ENCODED = {"Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"}

_encodes = contextvars.ContextVar("encodes", default=False)


def install():
    s3._url_encode = encode
    s3._xml_body = write
    s3._list_object_versions = encoding_where_asked(s3._list_object_versions)
    s3._list_multipart_uploads = encoding_where_asked(s3._list_multipart_uploads)


def encode(name):
    """Percent-encoded but for the slash; a space is a plus sign, as botocore's decoder (`unquote_plus`) has it."""
    return quote_plus(name, safe="/*")


def write(root):
    """The document of an answer; S3 writes what XML does not have as a reference to its number."""
    if _encodes.get():
        encode_names(root)
    text = UNWRITABLE.sub(lambda found: f"&#x{ord(found[0]):x};", tostring(root, encoding="unicode"))
    return s3.XML_DECL + b"\n" + text.encode()


def encode_names(root):
    for element in root.iter():
        if element.tag in ENCODED and element.text:
            element.text = encode(element.text)
    said = Element("EncodingType")
    said.text = "url"
    root.insert(0, said)


def encoding_where_asked(list_function):
    def list_names(bucket, query):
        asked = _encodes.set(s3._qp(query, "encoding-type") == "url")
        try:
            return list_function(bucket, query)
        finally:
            _encodes.reset(asked)

    return list_names
