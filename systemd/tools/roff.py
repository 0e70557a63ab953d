"""The Markdown of the repository's manuals as roff: headings, paragraphs, lists, tables, fences, code and bold."""

import re


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq").replace("^", "\\(ha")
    return text.replace("~", "\\(ti")


def inline(text):
    """Code and bold; what a link points to is not said twice."""
    out = []
    for part in re.split(r"(`[^`]+`|\*\*[^*]+\*\*)", text):
        if part.startswith("`") and part.endswith("`") and len(part) > 1:
            out.append(f"\\fB{escape(part[1:-1])}\\fR")
        elif part.startswith("**") and part.endswith("**") and len(part) > 4:
            out.append(f"\\fB{escape(part[2:-2])}\\fR")
        else:
            out.append(escape(part))
    return "".join(out)


def line(text):
    """A line that begins with a dot or quote would be a request."""
    return "\\&" + text if text.startswith((".", "'")) else text


def cells(row):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def third(head, text):
    if text == "must be given":
        return " Must be given."
    return f" {head.capitalize()}: {inline(text)}."


def table(rows):
    """First column as tag, the rest as text; a third column is named by its head."""
    head, body = cells(rows[0]), [cells(row) for row in rows[2:]]
    out = []
    for row in body:
        text = inline(row[1]) if len(row) > 1 else ""
        if len(row) > 2 and row[2]:
            text += ("" if text.endswith(".") or not text else ".") + third(head[2], row[2])
        out += [".TP", line(inline(row[0])), line(text.strip())]
    return out


def fence(lines):
    return [".PP", ".RS 4", ".nf", *(line(escape(each)) for each in lines), ".fi", ".RE"]


def paragraph(lines):
    return [".PP", line(inline(" ".join(each.strip() for each in lines)))]


def item(mark, lines):
    tag = "\\(bu" if mark in "-*" else escape(mark)
    return [f".IP {tag} 3", line(inline(" ".join(each.strip() for each in lines)))]


def body(markdown):
    """All below the document's own title."""
    lines, out, at = markdown.splitlines(), [], 0
    while at < len(lines):
        here = lines[at]
        end = at + 1
        if here.startswith("```"):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```"))
            out += fence(lines[at + 1:end])
            at = end + 1
            continue
        if here.startswith("#"):
            level, title = here.split(" ", 1)
            if level != "#":
                out.append(f".SH {title.upper()}" if level == "##" else f".SS {inline(title)}")
        elif here.startswith("|"):
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            out += table(lines[at:end])
        elif match := re.match(r"([-*]|\d+\.) (.*)", here):
            while end < len(lines) and lines[end].startswith(" ") and lines[end].strip():
                end += 1
            out += item(match.group(1), [match.group(2), *lines[at + 1:end]])
        elif here.strip():
            while end < len(lines) and lines[end].strip() and not re.match(r"[#|]|```|[-*] |\d+\. ", lines[end]):
                end += 1
            out += paragraph(lines[at:end])
        at = end
    return out
