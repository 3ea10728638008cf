"""The peers that read the exported ONNX file: ONNX Runtime and OpenVINO, both in f32."""
import time

import numpy as np

from comparing import measure


def onnx_runtime(path, inputs, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()  # inputs and outputs stay in place
    for described, value in zip(session.get_inputs(), inputs, strict=True):
        binding.bind_cpu_input(described.name, value)
    for described in session.get_outputs():
        binding.bind_output(described.name, "cpu")
    return lambda: session.run_with_iobinding(binding), binding.copy_outputs_to_cpu


def openvino_model(path, inputs, threads):
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    request = compiled.create_infer_request()
    for position, value in enumerate(inputs):
        request.set_input_tensor(position, openvino.Tensor(value))
    return request.infer, lambda: [np.array(request.get_output_tensor(i).data) for i in range(len(compiled.outputs))]


LOADERS = {"ort": onnx_runtime, "openvino": openvino_model}


def load(side, work, threads):
    path, why_not = work.folder / "model.onnx", work.folder / "model.onnx.failed"
    if why_not.exists():
        raise ValueError(why_not.read_text())
    if not path.exists():
        raise ValueError("the workload was prepared without its ONNX file")
    inputs = work.arrays("input")
    measure.reset_peak()
    before = time.perf_counter()
    run, results = LOADERS[side](path, inputs, threads)
    return run, results, {"compile_seconds": time.perf_counter() - before, "model_bytes": path.stat().st_size}
