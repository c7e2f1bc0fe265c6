"""ONNX Runtime running one LSTM node; it infers only."""

import onnxruntime

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.contenders.onnx_model import model
from benchmarks.speed.point import Numbers, Point

MODES = ("inference",)


def version() -> str:
    """Its version."""
    return f"onnxruntime {onnxruntime.__version__}"


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Makes a session on the threads of the point; they spin in a call, but not between calls."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = point.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(
        model(point, numbers), options, providers=["CPUExecutionProvider"]
    )
    given = {"X": numbers.x}
    return Prepared(lambda: session.run(None, given)[0], lambda y: {"y": y[:, 0]})
