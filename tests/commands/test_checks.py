"""The code keeps its own rules: style, types, the river, dependencies."""

import pytest

from tools import suite


@pytest.mark.parametrize("name", list(suite.CHECKS))
def test_the_code_keeps_the_rules_of(name: str) -> None:
    done = suite.run_check(name, capture=True)
    assert done.returncode == 0, done.stdout + done.stderr
