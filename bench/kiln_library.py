"""A library that kilnc built, called from Python through ctypes and numpy: for the benchmarks.

A call takes the arguments of the C function in their order: arrays for tensors, numbers for scalars, models by their handles;
results are arrays that the caller made. What is prepared once (`Library.call`) costs about 2 microseconds a call.
"""
import ctypes
import pathlib
import subprocess

import numpy as np

ELEMENTS = {"bool": 0, "int8": 1, "int16": 2, "int32": 3, "int64": 4, "uint8": 5, "uint16": 6, "uint32": 7, "uint64": 8,
            "float32": 11, "float64": 12}


class Tensor(ctypes.Structure):
    """kiln_tensor, of an array that it keeps."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("data", ctypes.c_void_p), ("element", ctypes.c_int32),
                ("rank", ctypes.c_int32), ("extents", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.c_void_p),
                ("device", ctypes.c_int32), ("reserved", ctypes.c_int32)]

    def __init__(self, array):
        assert array.flags.c_contiguous
        self.array = array
        self.shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        super().__init__(ctypes.sizeof(Tensor), array.ctypes.data, ELEMENTS[str(array.dtype)], array.ndim, self.shape)


class Parameter(ctypes.Structure):
    """kiln_parameter."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("role", ctypes.c_int32),
                ("element", ctypes.c_int32), ("rank", ctypes.c_int32), ("reserved", ctypes.c_int32),
                ("extents", ctypes.POINTER(ctypes.c_int64)), ("data", ctypes.c_void_p), ("bytes", ctypes.c_int64)]


class Options(ctypes.Structure):
    """kiln_context_options."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("threads", ctypes.c_int32), ("target", ctypes.c_int32),
                ("never_spin", ctypes.c_int32), ("reserved", ctypes.c_int32), ("allocator", ctypes.c_void_p),
                ("executor", ctypes.c_void_p), ("message", ctypes.c_char_p), ("message_bytes", ctypes.c_size_t)]


class Model:
    def __init__(self, library, kind, seed):
        self.library, self.kind, self.handle = library, kind, ctypes.c_void_p()
        library.check(library.function(f"{kind}_create")(library.context, ctypes.c_uint64(seed), ctypes.byref(self.handle)))

    def load(self, path):
        self.library.check(self.library.function(f"{self.kind}_load")(self.library.context, self.handle, str(path).encode()))

    def save(self, path):
        self.library.check(self.library.function(f"{self.kind}_save")(self.library.context, self.handle, str(path).encode()))

    def freeze(self):
        self.library.check(self.library.function(f"{self.kind}_freeze")(self.library.context, self.handle))

    def parameters(self):
        """name -> a view of its memory, of all f32 leaves."""
        views = {}
        for i in range(self.library.function(f"{self.kind}_parameter_count")(self.handle)):
            p = Parameter(ctypes.sizeof(Parameter))
            self.library.check(self.library.function(f"{self.kind}_parameter")(self.handle, i, ctypes.byref(p)))
            if p.element != ELEMENTS["float32"]:
                continue
            memory = (ctypes.c_float * (p.bytes // 4)).from_address(p.data)
            views[p.name.decode()] = np.frombuffer(memory, np.float32).reshape([p.extents[axis] for axis in range(p.rank)])
        return views


def build(kilnc, file, folder):
    """The library of FILE, built by kilnc into `folder` unless it is there."""
    path = pathlib.Path(folder) / f"lib{pathlib.Path(file).stem}.so"
    if not path.exists():
        subprocess.run([kilnc, "build", file, "-o", path], check=True)
    return Library(path)


class Library:
    """Opens lib<NAME>.so; the functions are those of NAME.model."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self.name = path.stem.removeprefix("lib")
        self.c = ctypes.CDLL(str(path.resolve()))
        self.function("context_message").restype = ctypes.c_char_p
        self.context = ctypes.c_void_p()

    def function(self, name):
        return getattr(self.c, f"{self.name}_{name}")

    def open(self, threads):
        options = Options(ctypes.sizeof(Options), threads)
        self.check(self.function("context_create")(ctypes.byref(options), ctypes.byref(self.context)))
        return self

    def check(self, status):
        if status:
            raise RuntimeError(self.function("context_message")(self.context).decode())

    def model(self, kind, seed=1):
        return Model(self, kind, seed)

    def call(self, name, *arguments):
        """A function without arguments that makes this call."""
        fixed = [self.context]
        for argument in arguments:
            if isinstance(argument, Model):
                fixed.append(argument.handle)
            elif isinstance(argument, np.ndarray) and argument.ndim > 0:
                fixed.append(ctypes.byref(Tensor(argument)))
            elif isinstance(argument, np.ndarray):  # a scalar result
                fixed.append(ctypes.c_void_p(argument.ctypes.data))
            else:
                fixed.append(argument)
        function, context_check = self.function(name), self.check

        def run():
            status = function(*fixed)
            if status:
                context_check(status)

        return run
