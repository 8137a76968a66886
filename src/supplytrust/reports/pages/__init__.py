"""Pages for people: templates and one stylesheet, self-contained, and whatever came from outside shown inert.

Every text that a template prints passes through `show_inert` and is then escaped, so that no template can forget it.
A page names the digests of its own style and script in its Content-Security-Policy (CSP Level 3): nothing else of it is
loaded, run or applied, from the network, from a file or from a text in it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import unicodedata
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

ROOM = 300
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def render_page(template: str, **values: object) -> str:
    """A whole document from `templates/<template>.html`."""
    return _environment().get_template(f"{template}.html").render(values) + "\n"


def show_inert(text: str, room: int = ROOM, breaks: str = "") -> str:
    """A foreign text that cannot act on the page around it.

    Characters that control direction, join or hide others (Unicode TR 36, section 3.2) are spelled out, and so are line
    breaks other than `breaks`; of a long text the middle is left out, and the text says so.
    """
    if len(text) > room:
        half = room // 2
        text = f"{text[:half]} … ({len(text) - 2 * half:,} characters left out) … {text[-half:]}"
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in INVISIBLE and c not in breaks else c for c in text)


def digest_source(text: str) -> str:
    """A CSP source expression for an inline style or script: its SHA-256."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _finalize(value: object) -> object:
    from markupsafe import Markup

    return show_inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _keep_lines(text: str) -> Markup:
    """Lines of our own making, such as those of a configuration, shown as lines."""
    from markupsafe import escape

    return escape(show_inert(text, breaks="\n"))


def _read(name: str) -> str:
    return resources.files(__name__).joinpath("templates", name).read_text("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2
    from markupsafe import Markup

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script, search = _read("style.css"), _read("filter.js"), _read("search.js")
    policy = f"default-src 'none'; style-src {digest_source(style)}; script-src {digest_source(script)}"
    texts = {"style": style, "script": script, "search_script": search, "content_policy": policy}
    texts["site_policy"] = f"{policy} {digest_source(search)} 'self'"  # parts of the search's index lie beside the page
    made.globals.update({name: Markup(text) for name, text in texts.items()})  # noqa: S704 - files of ours
    made.filters["name"] = name_signal
    made.filters["lines"] = _keep_lines
    return made


def name_signal(signal: str) -> str:
    """A signal's id as the statement that it is: `integrity/tag_unmoved` says `tag unmoved`."""
    return signal.rpartition("/")[2].replace("_", " ")
