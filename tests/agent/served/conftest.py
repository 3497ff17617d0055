"""What all tests of served models watch for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.agent.served.asking import KEY


@pytest.fixture(autouse=True)
def _the_key_is_nowhere(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens in these tests, with every library's log at its loudest."""
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text
