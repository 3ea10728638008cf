"""The workloads that Kiln and its peers are compared on: one row each in `WORKLOADS`.

A row makes a PyTorch module with random weights of a fixed seed and its inputs, and says which function of workloads/*.model
computes the same. `flops` are those of products and convolutions (a step of training counts them three times), `bytes` the least
traffic where memory bounds the work.
"""
import dataclasses
import re

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import torch_models as models


@dataclasses.dataclass
class Workload:
    file: str  # of workloads/
    function: str
    module: nn.Module
    inputs: tuple  # of tensors; of training the last one is the target
    model: str = ""  # the exported type; empty: the function takes the module's parameters
    optimizer: str = ""  # "momentum", "slow_momentum", "adam", "adamw", "rows"; empty: inference
    flops: float = 0
    input_flops: float = 0  # of the first layer, whose input has no gradient
    bytes: float = 0
    streams: bool = False  # half of the bytes or more are written, and none is read twice
    dims: dict = dataclasses.field(default_factory=dict)  # of the function, for a build of this size alone
    leaf: object = lambda name, parameters: parameters[name]  # of Kiln's model: its value, from those of the module
    changed: tuple = ()  # positions of inputs that are changed in place: they are the results
    in_f64: bool = False  # training in which rounding grows from step to step: see prepare.py
    kiln_inputs: tuple = ()  # where Kiln lays them out otherwise
    kiln_layout: object = lambda outputs: outputs  # the module's outputs as Kiln lays them out

    def loss(self, outputs):
        if self.optimizer == "rows":
            return F.binary_cross_entropy_with_logits(outputs, self.inputs[-1])
        return F.cross_entropy(outputs.reshape(-1, outputs.shape[-1]), self.inputs[-1].reshape(-1))


WORKLOADS = {}


def workload(name, *arguments):
    def register(make):
        def build():
            torch.manual_seed(0)
            row = make(*arguments)
            row.module.train(bool(row.optimizer))
            if row.optimizer:
                row.flops = 3 * row.flops - row.input_flops
            return row

        WORKLOADS[name] = build
        return make

    return register


class Chain(nn.Module):
    def __init__(self, compute, **parameters):
        super().__init__()
        self.compute = compute
        for name, value in parameters.items():
            setattr(self, name, nn.Parameter(value))

    def forward(self, *inputs):
        return self.compute(self, *inputs)


def classes(count, batch):
    return torch.randint(0, count, (batch,))


@workload("mlp_infer_b1", 1)
@workload("mlp_infer_b64", 64)
@workload("mlp_train_b64", 64, "momentum")
def mlp(b, optimizer=""):
    x = torch.rand(b, 784)
    inputs = (x, classes(10, b)) if optimizer else (x,)
    return Workload("mlp", "train" if optimizer else "infer", models.Mlp(), inputs, "Net", optimizer,
                    flops=2 * b * (784 * 512 + 512 * 512 + 5120), bytes=4 * 669706 if b == 1 else 0, dims={"B": b},
                    input_flops=2 * b * 784 * 512)


@workload("cnn_infer_b64", 64)
@workload("cnn_train_b64", 64, "adam")
def cnn(b, optimizer=""):
    x = torch.rand(b, 1, 28, 28)
    inputs = (x, classes(10, b)) if optimizer else (x,)
    return Workload("cnn", "train" if optimizer else "infer", models.Cnn(), inputs, "Net", optimizer,
                    flops=2 * b * (26 * 26 * 32 * 9 + 24 * 24 * 64 * 288 + 9216 * 128 + 1280), dims={"B": b},
                    input_flops=2 * b * 26 * 26 * 32 * 9)


@workload("resnet50_infer_b1", 1)
@workload("resnet50_infer_b8", 8)
@workload("resnet50_train_b8", 8, "slow_momentum")
def resnet50(b, optimizer=""):
    x = torch.rand(b, 3, 224, 224)
    inputs = (x, classes(1000, b)) if optimizer else (x,)
    return Workload("resnet50", "train" if optimizer else "infer", models.ResNet50(), inputs, "Net", optimizer,
                    flops=b * 8.18e9, dims={"B": b} if optimizer else {"B": b, "H": 224, "W": 224},
                    input_flops=2 * b * 112 * 112 * 64 * 147, in_f64=bool(optimizer))


def transformer_flops(layers, d, t, causal):
    return layers * (24 * t * d * d + 4 * t * t * d * (0.5 if causal else 1))


@workload("bert_base_s128_b1", "bert", "Bert", 1, 12, 768)
@workload("bert_base_s128_b8", "bert", "Bert", 8, 12, 768)
@workload("minilm_s128_b1", "minilm", "MiniLm", 1, 6, 384)
@workload("minilm_s128_b32", "minilm", "MiniLm", 32, 6, 384)
def encoder(function, model, b, layers, d):
    return Workload("transformer", function, models.Encoder(d, layers), (torch.randint(0, 30522, (b, 128)),), model,
                    flops=b * transformer_flops(layers, d, 128, False), dims={"B": b, "T": 128})


@workload("gpt2_prefill_s128", 128)
@workload("gpt2_prefill_s512", 512)
def gpt2_prefill(t):
    return Workload("transformer", "prefill", models.Gpt2(last_only=True), (torch.randint(0, 50257, (1, t)),), "Gpt",
                    flops=transformer_flops(12, 768, t, True) + 2 * 768 * 50257, dims={"B": 1, "T": t})


@workload("gpt2_decode_t256", 256)
def gpt2_decode(t):
    caches = [torch.randn(12, 1, 12, t, 64) for _ in range(2)]
    return Workload("transformer", "decode", models.Gpt2Decode(), (torch.randint(0, 50257, (1,)), *caches), "Gpt",
                    flops=2 * 123.5e6, bytes=4 * (144 * 768 * 768 + 50257 * 768 + 24 * t * 768), dims={"B": 1, "T": t})


@workload("gpt2_train_b4_s128", 4, 128)
def gpt2_train(b, t):
    inputs = torch.randint(0, 50257, (b, t)), torch.randint(0, 50257, (b, t))
    return Workload("transformer", "train", models.Gpt2(), inputs, "Gpt", "adamw",
                    flops=b * (transformer_flops(12, 768, t, True) + 2 * t * 768 * 50257), dims={"B": b, "T": t})


def lstm_leaf(name, parameters):
    """lstm.l0.cell.weight_ih is lstm.weight_ih_l0; the model for inference is the part `lstm` alone."""
    found = re.fullmatch(r"(?:lstm\.)?l(\d)\.cell\.(\w+)", name)
    return parameters[f"lstm.{found[2]}_l{found[1]}" if found else name]


@workload("lstm_infer_b16_s128", 16, 128)
@workload("lstm_train_b16_s128", 16, 128, "momentum")
def lstm(b, t, optimizer=""):
    x = torch.randn(b, t, 512)
    inputs = (x, classes(10, b)) if optimizer else (x,)
    return Workload("lstm", "train" if optimizer else "infer", models.Lstm(bool(optimizer)), inputs,
                    "Net" if optimizer else "Layers", optimizer, flops=2 * b * t * 2 * 2 * 4 * 512 * 512, leaf=lstm_leaf,
                    dims={"B": b, "T": t}, input_flops=2 * b * t * 4 * 512 * 512)


def dlrm_leaf(name, parameters):
    """One tensor of all tables, and the towers."""
    if name == "emb":
        return np.stack([parameters[f"emb.{i}.weight"] for i in range(26)])
    return parameters[name.removeprefix("net.")]


@workload("dlrm_infer_b2048", 2048)
@workload("dlrm_train_b2048", 2048, "rows")
def dlrm(b, optimizer=""):
    inputs = torch.randn(b, 13), torch.randint(0, 100_000, (b, 26))
    if optimizer:
        inputs = (*inputs, torch.randint(0, 2, (b,)).float())
    return Workload("dlrm", "train" if optimizer else "infer", models.Dlrm(bool(optimizer)), inputs, "Net", optimizer,
                    flops=2 * b * (13 * 512 + 512 * 256 + 256 * 64 + 27 * 27 * 64 + 415 * 512 + 512 * 256 + 256), leaf=dlrm_leaf,
                    bytes=4 * b * 26 * 64 * (3 if optimizer else 1), dims={"B": b}, input_flops=2 * b * 13 * 512)


@workload("fused_ln_res_gelu_4096", 4096)
def fused_ln(n):
    chain = Chain(lambda s, x, r: F.gelu(F.layer_norm(x, (n,), s.g, s.b) + r), g=torch.rand(n), b=torch.rand(n))
    return Workload("fused", "ln_res_gelu", chain, (torch.randn(n, n), torch.randn(n, n)), bytes=12 * n * n, streams=True,
                    dims={"N": n, "D": n})


@workload("fused_softmax_4096", 4096)
def fused_softmax(n):
    return Workload("fused", "softmax", Chain(lambda s, x: torch.softmax(x, -1)), (torch.randn(n, n),), bytes=8 * n * n,
                    streams=True, dims={"N": n, "D": n})


@workload("fused_rmsnorm_4096", 4096)
def fused_rmsnorm(n):
    chain = Chain(lambda s, x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * s.g, g=torch.rand(n))
    return Workload("fused", "rmsnorm", chain, (torch.randn(n, n),), bytes=8 * n * n, streams=True, dims={"N": n, "D": n})


@workload("fused_adamw_50m", 50_000_000)
def fused_adamw(n):
    """The first step, with weight decay; PyTorch's own fused kernel."""
    inputs = torch.randn(n), torch.randn(n), torch.zeros(n), torch.zeros(n)
    first = torch.ones(())

    def step(_, p, g, m, v):
        torch._fused_adamw_([p], [g], [m], [v], [], [first], lr=1e-3, beta1=0.9, beta2=0.999, weight_decay=1e-2, eps=1e-8,
                            amsgrad=False, maximize=False)
        return p, m, v

    return Workload("fused", "adamw", Chain(step), inputs, bytes=28 * n, streams=True, changed=(0, 2, 3), dims={"N": n})


def gemm(m, k, n, model):
    return Workload("gemm", model.lower(), nn.Linear(k, n, bias=False), (torch.randn(m, k),), model,
                    flops=2 * m * k * n, bytes=4 * (m * k + k * n + m * n) if m <= 8 else 0, dims={"M": m})


for size in (256, 512, 1024, 2048):
    workload(f"gemm_f32_{size}x{size}x{size}", size, size, size, f"Square{size}")(gemm)
workload("gemm_f32_128x768x3072", 128, 768, 3072, "Up768")(gemm)
workload("gemm_f32_1x768x3072", 1, 768, 3072, "Up768")(gemm)
workload("gemm_f32_8x4096x4096", 8, 4096, 4096, "Square4096")(gemm)


def sdpa(t, causal):
    chain = Chain(lambda _, q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=causal))
    return Workload("sdpa", "causal" if causal else "full", chain, tuple(torch.randn(1, 12, t, 64) for _ in range(3)),
                    flops=4 * 12 * t * t * 64 * (0.5 if causal else 1), dims={"B": 1, "H": 12, "T": t, "E": 64})


for length in (128, 512, 2048):
    workload(f"sdpa_s{length}", length, False)(sdpa)
    workload(f"sdpa_s{length}_causal", length, True)(sdpa)


@workload("sdpa_varlen_b16_s256", 16, 256)
def sdpa_varlen(b, longest):
    """Rows of 16 to 256 places: PyTorch row by row, which is its fastest way; Kiln packed."""
    lengths = [16 + (longest - 16) * i // (b - 1) for i in range(b)]
    rows = [[torch.randn(1, 12, n, 64) for n in lengths] for _ in range(3)]
    chain = Chain(lambda _, *rows: [F.scaled_dot_product_attention(*row) for row in zip(*rows)])

    def packed(rows):
        return torch.cat([row[0].transpose(0, 1) for row in rows]).contiguous()

    return Workload("sdpa", "varlen", chain, tuple(rows), flops=sum(4 * 12 * n * n * 64 for n in lengths),
                    kiln_inputs=(torch.tensor(lengths), *map(packed, rows)), kiln_layout=packed)
