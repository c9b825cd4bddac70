"""The site of docs/, built by Sphinx: see .ci/docs."""

import re

import fasth2
import fasth2.hpack.hpack
import fasth2.hyperframe.frame  # autodoc takes what is loaded; else it would load the stubs of compiled modules

project = "fasth2"
author = "the authors of fasth2"
release = fasth2.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["requirements.txt"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"fasth2 {release}"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False

myst_heading_anchors = 3  # links to headings, as code hosts make them
default_role = "code"  # of docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say it

TITLED = re.compile(r'^```(\w+) title="([^"]+)"$', re.MULTILINE)
PARAMETER = re.compile(r"([a-z]\w*): ")


def show_titles(app, docname, source):
    """What code hosts take no notice of, ```python title="app.py", becomes a caption."""
    source[0] = TITLED.sub(r"```{code-block} \1\n:caption: \2", source[0])


def mark_parameters(app, what, name, thing, options, lines):
    """`name: meaning` at the front of a line of a docstring becomes a field of reStructuredText."""
    kind = "ivar" if what == "class" else "param"
    lines[:] = [f":{kind} {line}" if PARAMETER.match(line) else line for line in lines]


def setup(app):
    app.connect("source-read", show_titles)
    app.connect("autodoc-process-docstring", mark_parameters)
