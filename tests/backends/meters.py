"""The meter that the tests of backends share."""

from ttc.testing.meters import CountingMeter

__all__ = ["CountingMeter"]
