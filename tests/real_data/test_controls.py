"""No control of the four sets is left out."""

from __future__ import annotations

import pytest

from tests.real_data import test_adventureworks, test_maven_crm, test_online_retail, test_salesforce_export
from tests.real_data.controls import DATA, SETS, controls

MODULES = (test_adventureworks, test_maven_crm, test_online_retail, test_salesforce_export)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside the checkout")
def test_every_control_is_measured_and_every_measure_is_a_control() -> None:
    assert {module.SET for module in MODULES} == set(SETS)
    measured = {(module.SET, measure) for module in MODULES for measure in module.MEASURES}
    assert measured == {(control.set, control.id) for control in controls()}
