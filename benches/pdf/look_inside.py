"""Prints, as JSON, what a PDF holds that the measures need to know: kinds of fonts, and XML files embedded in it.

Uses pypdf, so that the truth doesn't come from one of the engines measured. It runs in a process of its own, as
hostile files make it fail, too; then the file belongs to no subset.
"""

import json
import logging
import sys

import pypdf

# Enough to meet every font of the files at hand, and an end for those that refer to themselves.
PAGES_MAX = 50
FORM_DEPTH_MAX = 4


def fonts(resources, depth=0):
    """Yields the font dictionaries of a resource dictionary and of the forms it draws."""
    resources = resources.get_object() if resources is not None else {}
    for font in (resources.get("/Font") or {}).get_object().values() if resources.get("/Font") else ():
        yield font.get_object()
    if depth < FORM_DEPTH_MAX and resources.get("/XObject"):
        for form in resources["/XObject"].get_object().values():
            form = form.get_object()
            if form.get("/Subtype") == "/Form" and form.get("/Resources"):
                yield from fonts(form["/Resources"], depth + 1)


def kinds(reader):
    found = set()
    for page in reader.pages[:PAGES_MAX]:
        for font in fonts(page.get("/Resources")):
            if font.get("/Subtype") == "/Type3":
                found.add("type3")
            if font.get("/Subtype") == "/Type0" and "/ToUnicode" not in font:
                found.add("cid-without-tounicode")
    return sorted(found)


def embedded_xml(reader):
    found = []
    for embedded in reader.attachment_list:
        content = embedded.content
        if content.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
            found.append({"name": embedded.name, "xml": content.decode("utf-8-sig", "replace")})
    return found


def main():
    logging.disable(logging.CRITICAL)
    reader = pypdf.PdfReader(sys.argv[1])
    found = {"fonts": [], "xml": []}
    # Either may fail on a damaged file without the other being unknown.
    for key, look in (("fonts", kinds), ("xml", embedded_xml)):
        try:
            found[key] = look(reader)
        except Exception as error:
            found[key + "_error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


main()
