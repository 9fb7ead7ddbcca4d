"""A demo's folder as `make run` leaves it: prepared once, copied for each story that begins there."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.commands.preparations import prepare_provider
from idp.settings import Settings
from tests.support.keys import ready_made_keys

PutThere = Callable[[Path], Path]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo, to be copied."""
    home = tmp_path_factory.mktemp("prepared") / "var"
    with ready_made_keys():
        prepare_provider(Settings(home=home, demo=True))
    return home


@pytest.fixture
def prepared_home(prepared: Path) -> PutThere:
    """Puts a prepared folder where there is none yet."""
    return lambda home: shutil.copytree(prepared, home)
