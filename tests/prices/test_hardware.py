import pytest

from ttc.prices.hardware import HARDWARE, KINETICS_B200, Hardware, hardware


@pytest.mark.parametrize(
    ("name", "intensity"), [("A100", 153.0), ("H100", 295.3), ("H200", 206.1), ("L40S", 419.0), ("B200", 281.25)]
)
def test_intensity_of_the_table(name, intensity):
    assert hardware(name).intensity("bf16") == pytest.approx(intensity, abs=0.05)


def test_the_papers_intensity_is_fp8_not_bf16():
    assert hardware("B200").intensity("fp8") == KINETICS_B200 == 562.5
    assert hardware("B200").intensity("bf16") == KINETICS_B200 / 2


def test_every_row_names_its_source():
    assert all(device.source for device in HARDWARE.values())


def test_user_defined():
    mine = Hardware("mine", 1e14, None, 1e12, 24e9, "measured")
    assert mine.intensity() == 100.0
    with pytest.raises(ValueError, match="no FP8 units"):
        mine.intensity("fp8")
    with pytest.raises(ValueError, match="int3"):
        mine.flops("int3")
    with pytest.raises(ValueError, match="bandwidth=0"):
        Hardware("bad", 1e14, None, 0, 24e9, "")


def test_unknown_name_gives_the_nearest():
    with pytest.raises(ValueError, match="'H100'"):
        hardware("h10")
