"""A call of a workload's module in PyTorch, as eager and compiled sides make it."""
import torch


def all_of(outputs):
    return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)


def inference(row, module):
    def infer():
        with torch.inference_mode():
            return module(*row.inputs)

    return infer


OPTIMIZERS = {
    "momentum": lambda parameters: torch.optim.SGD(parameters, 0.01, momentum=0.9, fused=True),
    # A hundred times slower: with batch norm over eight images, PyTorch's losses on one and on two threads differ by 1e-2 in the
    # third step at 0.01.
    "slow_momentum": lambda parameters: torch.optim.SGD(parameters, 0.0001, momentum=0.9, fused=True),
    "adam": lambda parameters: torch.optim.Adam(parameters, 1e-4, fused=True),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, 1e-4, fused=True),
    "rows": lambda parameters: torch.optim.SGD(parameters, 0.01),  # of sparse gradients
}


def training(row, module):
    optimizer = OPTIMIZERS[row.optimizer](list(row.module.parameters()))

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = row.loss(module(*row.inputs[:-1]))
        loss.backward()
        optimizer.step()
        return loss.detach()

    return train
