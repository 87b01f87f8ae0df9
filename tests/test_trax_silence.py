"""What is held back while Trax is imported is noise; everything else is let through."""

import os
import sys
import types
import warnings

import pytest

from trax_activations._trax import _imports


@pytest.fixture
def no_faulthandler(monkeypatch):
    """pytest runs with faulthandler on, where nothing is held back; this one is off."""
    enabled = []
    stub = types.SimpleNamespace(
        is_enabled=lambda: False, enable=enabled.append, disable=enabled.clear
    )
    monkeypatch.setattr(_imports, "faulthandler", stub)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    return enabled


NOISE = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795243010.251105    3435 port.cc:153] oneDNN custom operations are on.",
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.",
    "2024-01-01 12:00:00.123456: I tensorflow/core/util/port.cc:113] oneDNN custom operations.",
    "E0000 00:00:1 1 cuda_dnn.cc:8579] Unable to register cuDNN factory: Attempting to register",
    "2024-01-01 12:00:00.1: E external/xla/cuda_fft.cc:477] Unable to register cuFFT factory: A",
    "W0000 00:00:1 1 computation_placer.cc:177] computation placer already registered.",
    "2024-01-01 12:00:00.1: W tf2tensorrt/py_utils.cc:38] TF-TRT Warning: Could not find TensorRT",
]
MATTER = [
    "Traceback (most recent call last):",
    "E0000 00:00:1 1 cuda_platform.cc:52] failed call to cuInit: INTERNAL",
    "W0000 00:00:1 1 gpu_device.cc:2344] Cannot dlopen some GPU libraries.",
    "2024-01-01 12:00:00.1: F tensorflow/core/platform/cpu_guard.cc:38] built for AVX",
    "Intel warning: of some other library",
]


def test_noise_is_dropped_and_the_rest_comes_in_order(no_faulthandler, capfd):
    with _imports._without_log_lines():
        for noise, matter in zip(NOISE, MATTER * 2, strict=False):
            os.write(2, f"{noise}\n{matter}\n".encode())
        assert capfd.readouterr().err == ""
        assert len(no_faulthandler) == 1  # A crash would still say where.
    assert capfd.readouterr().err.splitlines() == (MATTER * 2)[: len(NOISE)]
    assert no_faulthandler == []


def test_a_failing_import_shows_what_was_written(no_faulthandler, capfd):
    with pytest.raises(ImportError), _imports._without_log_lines():
        print("half a sentence", end="", file=sys.stderr)
        raise ImportError
    os.write(2, b".")
    assert capfd.readouterr().err == "half a sentence."


def test_who_asks_for_every_line_gets_it(no_faulthandler, capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with _imports._without_log_lines():
        os.write(2, NOISE[0].encode())
        assert capfd.readouterr().err == NOISE[0]


def test_gym_keeps_its_notice_for_others(monkeypatch):
    notices = types.SimpleNamespace(notices={"0.26.2": "Gym has been unmaintained since 2022"})
    monkeypatch.setitem(sys.modules, "gym_notices.notices", notices)
    before = dict(notices.notices)
    with _imports._without_gym_notice():
        assert notices.notices == {}
    assert notices.notices == before


def test_warnings_of_old_code_are_no_errors_and_others_are():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        with _imports._without_warnings():
            warnings.warn("invalid escape sequence", DeprecationWarning, stacklevel=1)
            warnings.filterwarnings("once", module="gym")
            with pytest.raises(RuntimeWarning):
                warnings.warn("numpy.dtype size changed", RuntimeWarning, stacklevel=1)
        assert warnings.filters[1:] == before
        assert warnings.filters[0][0] == "once"
