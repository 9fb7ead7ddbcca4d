"""The build backend: setuptools, with the message catalogues compiled first (PEP 517, PEP 660).

A page's words are kept as `.po` files in the repository; programs read `.mo`. Whoever installs, from a clone or a
wheel, gets both, and nobody has to remember a step.
"""

import shutil
from typing import Any

from setuptools import build_meta

from templates.catalogs import ensure_compiled

build_sdist = build_meta.build_sdist
get_requires_for_build_editable = build_meta.get_requires_for_build_editable
get_requires_for_build_sdist = build_meta.get_requires_for_build_sdist
get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable
prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel


def build_wheel(*arguments: Any, **options: Any) -> str:
    """Build a wheel that carries compiled catalogues and nothing an earlier build left (PEP 517 §build_wheel)."""
    shutil.rmtree("build", ignore_errors=True)
    ensure_compiled()
    return str(build_meta.build_wheel(*arguments, **options))


def build_editable(*arguments: Any, **options: Any) -> str:
    """Install from the folder itself, its catalogues compiled in place (PEP 660)."""
    ensure_compiled()
    return str(build_meta.build_editable(*arguments, **options))
