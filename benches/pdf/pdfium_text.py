"""Prints the text of a PDF as pdfium reads it, a form feed after each page. Without a file it ends at once."""

import sys

import pypdfium2


def main():
    if len(sys.argv) < 2:
        return
    document = pypdfium2.PdfDocument(sys.argv[1])
    for index in range(len(document)):
        text = document[index].get_textpage().get_text_range()
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\f")


main()
